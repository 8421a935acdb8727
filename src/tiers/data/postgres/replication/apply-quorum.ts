import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import type pg from "pg"
import { until } from "../../../../kit/node/until.ts"
import { writeOwned } from "../server/data-folder.ts"
import { confText, quorumConf } from "../server/server-settings.ts"
import { atServer, type Member } from "./member.ts"
import { type Quorum, synchronousStandbyNames } from "./quorum.ts"
import { replicationError } from "./replication-errors.ts"
import { followersOf } from "./streaming.ts"

export type QuorumOptions = {
  readonly primary: Member
  readonly standbys: readonly Member[]
  readonly quorum: Quorum
  /** Called before anything is changed; what it throws ends this. */
  readonly onChange?: () => void
  readonly withinMs: number
  readonly signal: AbortSignal
}

const pollMs = 5
/** A primary that hangs takes the former quorum up when it wakes, or is started. */
const goBackWithinMs = 1000

/**
 * Makes commits on the primary wait for the quorum, without a restart. Resolves once that holds for everything ever
 * acknowledged: from then on a failover by `choosePrimary` with this quorum loses nothing. Members come in when they
 * stream; who is to leave is stopped before this is called without it. Throws BN2261 when too few of them stream, or the
 * signal's reason; then the former quorum stands again.
 */
export async function applyQuorum(options: QuorumOptions): Promise<void> {
  const { primary, standbys, quorum, withinMs, signal } = options
  const names = synchronousStandbyNames(quorum)
  const inTime = AbortSignal.any([signal, AbortSignal.timeout(withinMs)])
  const members = [primary, ...standbys]
  const former = members.map(member => [member, read(member)] as const)
  try {
    await atServer(primary, inTime, async client => {
      await mustStream(client, quorum, primary)
      options.onChange?.()
      // The standbys first: one that is promoted in the middle of this already waits for the new quorum.
      for (const member of [...standbys, primary]) writeQuorum(member, quorum)
      await client.query("select pg_reload_conf()")
      await until(() => shows(client, names), pollMs, inTime)
      if (quorum.acks > 0) await settle(client, quorum, inTime)
    })
    await Promise.allSettled(standbys.map(standby => reload(standby, inTime)))
  } catch (error) {
    for (const [member, text] of former) write(member, text)
    await reload(primary, AbortSignal.timeout(Math.min(withinMs, goBackWithinMs))).catch(() => {})
    signal.throwIfAborted()
    if (!inTime.aborted) throw error
    throw tooFew(quorum, primary, "they did not have everything in time", error)
  }
}

/**
 * Until `acks` of them have all that was committed while commits did not wait yet. The checkpointer tells the other
 * processes that commits wait from now on; once it has served a checkpoint asked for after the reload, it has.
 */
async function settle(client: pg.Client, quorum: Quorum, signal: AbortSignal): Promise<void> {
  await client.query("checkpoint")
  const { rows } = await client.query<{ lsn: string }>("select pg_current_wal_flush_lsn()::text as lsn")
  await until(
    async () => {
      const found = await client.query<{ n: number }>(
        "select count(*)::int as n from pg_stat_replication where application_name = any($1) and flush_lsn >= $2::pg_lsn",
        [quorum.members, rows[0]?.lsn],
      )
      return (found.rows[0]?.n ?? 0) >= quorum.acks || undefined
    },
    pollMs,
    signal,
  )
}

async function mustStream(client: pg.Client, quorum: Quorum, primary: Member): Promise<void> {
  const streaming = (await followersOf(client)).filter(
    ({ id, state }) => state === "streaming" && quorum.members.includes(id),
  )
  if (streaming.length < quorum.acks) {
    throw tooFew(quorum, primary, `${streaming.length} of them stream`)
  }
}

async function shows(client: pg.Client, names: string): Promise<true | undefined> {
  const { rows } = await client.query("show synchronous_standby_names")
  return rows[0]?.synchronous_standby_names === names || undefined
}

async function reload(member: Member, signal: AbortSignal): Promise<void> {
  await atServer(member, signal, client => client.query("select pg_reload_conf()"))
}

function tooFew({ members, acks }: Quorum, primary: Member, reason: string, cause?: unknown) {
  const standbys = members.filter(id => id !== primary.id).join(", ")
  return replicationError("BN2261", { primary: primary.id, acks, standbys, reason }, cause)
}

/** Taken up at its next reload. Nothing where there is no data folder: its copy brings the primary's along. */
export function writeQuorum(member: Member, quorum: Quorum): void {
  write(member, confText({ synchronous_standby_names: synchronousStandbyNames(quorum) }))
}

function write({ dataFolder, as }: Member, text: string): void {
  // Not the folder alone: one that is being put in place must not find another of its name.
  if (existsSync(join(dataFolder, "PG_VERSION"))) writeOwned({ path: dataFolder, as }, quorumConf, text)
}

function read({ dataFolder }: Member): string {
  try {
    return readFileSync(join(dataFolder, quorumConf), "utf8")
  } catch {
    return confText({ synchronous_standby_names: "" })
  }
}
