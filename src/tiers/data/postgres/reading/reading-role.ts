import type pg from "pg"
import { scramVerifier } from "../server/scram.ts"
import { readerUser } from "../server/server-settings.ts"
import { name, text } from "../server/sql-words.ts"

const reader = name(readerUser)

/** How much a sort or a hash of its statements may write to the disk; only a superuser may change that. */
const tempFileLimit = "256MB"

/**
 * Anybody may call these, also where nothing may be written: they fill the log, or hold locks that migrations wait for. From
 * here on the app's role may, and not everybody.
 */
const reaching = "^pg_(logical_emit_message$|(try_)?advisory_)"

/**
 * Makes the reading role at a primary, or renews its password and what it may see. Idempotent; over a connection as
 * superuser to the app's database. It waits for no standby: whoever lacks the role is asked again.
 */
export async function prepareReader(client: pg.Client, password: string, app: string): Promise<void> {
  const { rows } = await client.query<{ schema: string }>(
    "select nspname as schema from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'",
  )
  const grants = rows.flatMap(({ schema }) => [
    `grant usage on schema ${name(schema)} to ${reader}`,
    `grant select on all tables in schema ${name(schema)} to ${reader}`,
  ])
  const later = `alter default privileges for role ${name(app)} grant`
  const takeAway = `do $$ declare f regprocedure; begin
    for f in select oid from pg_proc where pronamespace = 'pg_catalog'::regnamespace
      and proname ~ ${text(reaching)} and has_function_privilege(${text(readerUser)}, oid, 'execute')
    loop execute format('revoke execute on function %s from public', f);
      execute format('grant execute on function %s to %I', f, ${text(app)}); end loop; end $$`
  const exists = `select from pg_roles where rolname = ${text(readerUser)}`
  const statements = [
    "set local synchronous_commit = local",
    "set local lock_timeout = '1s'",
    `do $$ begin if not exists (${exists}) then create role ${reader}; end if; end $$`,
    `alter role ${reader} with login nosuperuser nocreatedb nocreaterole noreplication nobypassrls
      connection limit 4 password ${text(scramVerifier(password))}`,
    `alter role ${reader} set default_transaction_read_only = on`,
    `alter role ${reader} set temp_file_limit = ${text(tempFileLimit)}`,
    takeAway,
    ...grants,
    `${later} usage on schemas to ${reader}`,
    `${later} select on tables to ${reader}`,
  ]
  await client.query(`begin; ${statements.join("; ")}; commit`)
}
