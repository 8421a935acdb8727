import type pg from "pg"

/** Roles of Postgres' own that only read. Any other membership could be more than it looks. */
const harmless = ["pg_read_all_stats", "pg_stat_scan_tables"]

/**
 * Asked of the server itself, in the session that is to be used: whoever names a role of their own may have been
 * generous. A role that may write is refused although its transaction may not: functions reach further than tables.
 */
const question = `
  select r.rolsuper as super, r.rolcreaterole or r.rolcreatedb or r.rolreplication or r.rolbypassrls as more,
    (select g.rolname from pg_roles g where g.oid <> r.oid and pg_has_role(r.oid, g.oid, 'member')
      and g.rolname <> all($1) order by 1 limit 1) as member,
    (select c.oid::regclass::text from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        and (has_table_privilege(r.oid, c.oid, 'insert, update, delete, truncate')
          or has_any_column_privilege(r.oid, c.oid, 'insert, update')) limit 1) as writable,
    has_table_privilege(r.oid, 'pg_authid', 'select') as secrets, pg_is_in_recovery() as recovering
  from pg_roles r where r.rolname = session_user`

type Row = {
  readonly super: boolean
  readonly more: boolean
  readonly member: string | null
  readonly writable: string | null
  readonly secrets: boolean
  readonly recovering: boolean
}

/** The server's own role, and why the session's is too mighty for what people type; `tooMighty` is missing when it only reads. */
export async function lookAtRole(
  client: pg.Client,
): Promise<{ isReplica: boolean; tooMighty: string | undefined }> {
  const { rows } = await client.query<Row>(question, [harmless])
  const row = rows[0] as Row
  return { isReplica: row.recovering, tooMighty: tooMighty(row) }
}

function tooMighty(role: Row): string | undefined {
  if (role.super) return "it is a superuser"
  if (role.more) return "it may create roles or databases, replicate, or pass row-level security"
  if (role.member !== null) return `it is a member of ${role.member}`
  if (role.writable !== null) return `it may write to ${role.writable}`
  if (role.secrets) return "it may read the roles' passwords (pg_authid)"
  return undefined
}
