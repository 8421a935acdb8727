import type pg from "pg"
import { until } from "../../../../kit/node/until.ts"
import { atServer, type Member } from "./member.ts"

const pollMs = 5

/** Those of somebody's own (ALTER SYSTEM) are not for us to carry out. */
const restartDueQuery = `
  select exists (select from pg_settings where pending_restart and name not in
    (select name from pg_file_settings where sourcefile like '%/postgresql.auto.conf')) as due`

/** Whether a server was told settings that only a start takes up. Looks at every setting: not for every beat. */
export async function isRestartDue(client: pg.Client): Promise<boolean> {
  return (await client.query<{ due: boolean }>(restartDueQuery)).rows[0]?.due === true
}

/** Lets a server read its settings anew. Resolves with whether some of them wait for a restart. */
export function reloadSettings(member: Member, signal: AbortSignal): Promise<boolean> {
  return atServer(member, signal, async client => {
    const before = await loadedAt(client)
    await client.query("select pg_reload_conf()")
    await until(async () => (await loadedAt(client)) !== before || undefined, pollMs, signal)
    return isRestartDue(client)
  })
}

/** Whether any of these settings is of those that only a start takes up. */
export function needRestart(member: Member, names: readonly string[], signal: AbortSignal): Promise<boolean> {
  const query =
    "select exists (select from pg_settings where context = 'postmaster' and name = any($1)) as due"
  return atServer(
    member,
    signal,
    async client => (await client.query<{ due: boolean }>(query, [names])).rows[0]?.due === true,
  )
}

async function loadedAt(client: pg.Client): Promise<string> {
  const { rows } = await client.query<{ at: string }>("select pg_conf_load_time()::text as at")
  return rows[0]?.at ?? ""
}
