import type pg from "pg"
import { messageOf } from "../../../../kit/errors.ts"

/** What runs at this moment in a server. */
export type RunningStatement = {
  readonly pid: number
  readonly user: string
  readonly application: string
  readonly state: string
  readonly forMs: number
  /** What it waits for, such as `Lock: relation`. */
  readonly waitsFor?: string
  readonly text: string
}

/** A statement with its values left out, and what all its runs cost since the server's statistics began. */
export type StatementCost = {
  readonly text: string
  readonly calls: number
  readonly totalMs: number
  readonly meanMs: number
  readonly maxMs: number
  readonly rows: number
}

export type LoadLook = {
  readonly role: "primary" | "replica"
  readonly version: string
  readonly timeline: number
  /** As `0/3000028`: written by a primary, replayed by a replica. */
  readonly position: string
  /** Of a replica that has something to replay: how old the last transaction is that it has replayed. */
  readonly lagMs?: number
  readonly sizeBytes: number
  readonly connections: { readonly used: number; readonly most: number }
  readonly running: readonly RunningStatement[]
  /** The dearest first; a text is why there are none. */
  readonly statements: readonly StatementCost[] | string
}

const mostListed = 25
const longestText = 1_000

const look = `
  select r.recovering, current_setting('server_version') as version, pg_database_size($1)::float8 as "sizeBytes",
    current_setting('max_connections')::int as most,
    (select count(*)::int from pg_stat_activity where backend_type = 'client backend') as used,
    case when r.recovering then pg_last_wal_replay_lsn() else pg_current_wal_lsn() end::text as position,
    case when r.recovering then (select received_tli from pg_stat_wal_receiver)
      else ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int end as timeline,
    case when r.recovering and pg_last_wal_receive_lsn() > pg_last_wal_replay_lsn()
      then extract(epoch from clock_timestamp() - pg_last_xact_replay_timestamp())::float8 * 1000 end as "lagMs"
  from (select pg_is_in_recovery() as recovering) r`

const running = `
  select pid, usename as "user", application_name as application, state,
    greatest(0, extract(epoch from clock_timestamp()
      - case when state = 'active' then query_start else state_change end)::float8 * 1000) as "forMs",
    wait_event_type || ': ' || wait_event as "waitsFor", left(query, ${longestText}) as text
  from pg_stat_activity
  where backend_type = 'client backend' and state <> 'idle' and pid <> pg_backend_pid() and datname = $1
  order by 5 desc limit ${mostListed}`

const isCounting = `select to_regproc('pg_stat_statements') is not null as "isThere"`

const statements = `
  select left(query, ${longestText}) as text, sum(calls)::float8 as calls, sum(total_exec_time) as "totalMs",
    sum(total_exec_time) / greatest(sum(calls), 1)::float8 as "meanMs", max(max_exec_time) as "maxMs",
    sum(rows)::float8 as rows
  from pg_stat_statements(true) s join pg_database d on d.oid = s.dbid
  where d.datname = $1 and s.userid = coalesce((select oid from pg_roles where rolname = $2), s.userid)
  group by query order by 3 desc limit ${mostListed}`

type Row = Omit<LoadLook, "role" | "connections" | "running" | "statements" | "lagMs"> & {
  readonly recovering: boolean
  readonly lagMs: number | null
  readonly used: number
  readonly most: number
}

/**
 * What a server says of its database `database`: size, connections, what runs, what was dear. `app`: whose statements
 * count; left out, everybody's. Changes nothing. Rejects with what the server says.
 */
export async function lookAtLoad(client: pg.Client, database: string, app?: string): Promise<LoadLook> {
  const { rows } = await client.query<Row>(look, [database])
  const { recovering, used, most, lagMs, ...row } = rows[0] as Row
  const active = await client.query<RunningStatement & { waitsFor: string | null }>(running, [database])
  return {
    ...row,
    role: recovering ? "replica" : "primary",
    timeline: row.timeline ?? 0,
    ...(lagMs !== null && { lagMs }),
    connections: { used, most },
    running: active.rows.map(({ waitsFor, ...each }) => ({
      ...each,
      ...(waitsFor !== null && { waitsFor }),
    })),
    statements: await dearest(client, database, app),
  }
}

async function dearest(
  client: pg.Client,
  database: string,
  app: string | undefined,
): Promise<LoadLook["statements"]> {
  try {
    // Asked for in vain, it would be an error in the server's log at each look.
    const { rows } = await client.query<{ isThere: boolean }>(isCounting)
    if (rows[0]?.isThere !== true) return "the extension pg_stat_statements is not there"
    return (await client.query<StatementCost>(statements, [database, app ?? null])).rows
  } catch (error) {
    return messageOf(error)
  }
}

/**
 * Lets a primary tell what its statements cost; its replicas have it from there. The extension lies in the superuser's
 * own database, so the app's has nothing that its migrations did not make.
 */
export async function prepareStatistics(client: pg.Client): Promise<void> {
  await client.query(
    "begin; set local synchronous_commit = local; create extension if not exists pg_stat_statements; commit",
  )
}
