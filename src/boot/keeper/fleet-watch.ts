import type { DatabaseState } from "../../drivers/database-acts.ts"
import type { SeenServer } from "../../drivers/local/keeper-protocol.ts"
import { Lateness } from "../../tiers/data/postgres/replication/lateness.ts"
import { type Lsn, parseLsn } from "../../tiers/data/postgres/replication/lsn.ts"
import { ServerWatch, type Watched } from "../../tiers/data/postgres/replication/server-watch.ts"
import type { InstanceId } from "../../topology/topology.ts"
import type { FleetServers } from "./fleet-servers.ts"

/**
 * Who lacks that much and has replayed nothing for so long gets a fresh copy. Who still replays is left to it, however slow it
 * is: a copy of much data may take longer than its log.
 */
const stalledAfterMs = 20_000

/** Looks at every server that runs, and tells when something is seen: once a turn of the event loop at most. */
export class FleetWatch {
  readonly #servers: FleetServers
  readonly #tell: (seen: readonly SeenServer[]) => void
  readonly #watched = new Map<string, WatchedServer>()
  #ids: readonly string[] = []
  #telling = false

  constructor(servers: FleetServers, tell: (seen: readonly SeenServer[]) => void) {
    this.#servers = servers
    this.#tell = tell
  }

  watch(ids: readonly string[]): void {
    this.#ids = ids
    for (const [id, { watch }] of this.#watched) {
      if (ids.includes(id)) continue
      watch.close()
      this.#watched.delete(id)
    }
    for (const id of ids) void this.#begin(id)
  }

  /** A server has read its settings anew. */
  told(id: string, restartDue: boolean): void {
    const known = this.#watched.get(id)
    if (known !== undefined) known.watch.restartDue = restartDue
  }

  async #begin(id: string): Promise<void> {
    const member = await this.#servers.member(id).catch(() => undefined)
    if (member === undefined || !this.#ids.includes(id) || this.#watched.has(id)) return
    const watch = new ServerWatch(member, () => this.#tellSoon())
    this.#watched.set(id, { watch, lateness: new Lateness<Lsn>(), replayed: undefined })
  }

  #tellSoon(): void {
    if (this.#telling) return
    this.#telling = true
    setImmediate(() => {
      this.#telling = false
      this.#tellNow()
    })
  }

  #tellNow(): void {
    const nowMs = performance.now()
    const values = new Map([...this.#watched].map(([id, { watch }]) => [id, watch.value]))
    const calm = isCalm([...values.values()])
    const seen: SeenServer[] = []
    for (const [id, known] of this.#watched) {
      known.watch.isCalm = calm
      seen.push(seenServer(id, values.get(id)!, lagOf(id, known, values, nowMs)))
    }
    this.#tell(seen)
  }
}

/** One that runs, and what is remembered of it from look to look. */
type WatchedServer = {
  readonly watch: ServerWatch
  readonly lateness: Lateness<Lsn>
  replayed: { readonly lsn: Lsn; readonly sinceMs: number } | undefined
}

/** As the one it follows says; that one goes on saying it when nothing arrives here any more. */
function lagOf(
  id: string,
  known: WatchedServer,
  all: ReadonlyMap<string, Watched>,
  nowMs: number,
): Lag | undefined {
  const upstream = all.get(all.get(id)?.look?.follows ?? "")?.look
  const follower = upstream?.followers?.find(one => one.id === id)
  // One that does not even receive the log falls behind from where it was.
  const replayed = follower?.replayed ? parseLsn(follower.replayed) : known.replayed?.lsn
  if (upstream === undefined || replayed === undefined) return undefined
  const position = parseLsn(upstream.position)
  const lateMs = known.lateness.see(position, at => replayed >= at, nowMs)
  const lagBytes = follower?.replayLagBytes ?? Math.max(0, Number(position - replayed))
  const isFar = lagBytes > (upstream.mostKeptBytes ?? Number.POSITIVE_INFINITY)
  if (known.replayed?.lsn !== replayed) known.replayed = { lsn: replayed, sinceMs: nowMs }
  const isStalled = nowMs - known.replayed.sinceMs >= stalledAfterMs
  return {
    lagBytes,
    lagMs: Math.max(follower?.replayLagMs ?? 0, Math.round(lateMs)),
    ...(follower !== undefined && isFar && isStalled && { farBehind: true }),
  }
}

/** A primary and nobody who does not stream from it, and all of them answer. */
function isCalm(values: readonly Watched[]): boolean {
  const primaries = values.filter(({ look }) => look?.role === "primary").length
  const wrong = values.some(
    ({ look, silentMs }) =>
      silentMs > 0 || look === undefined || (look.role === "replica" && look.streaming !== true),
  )
  return primaries === 1 && !wrong
}

type Lag = Pick<DatabaseState, "lagBytes" | "lagMs" | "farBehind">

function seenServer(id: string, { look, silentMs }: Watched, lag: Lag | undefined): SeenServer {
  if (look === undefined) return { id, silentMs }
  const { followers: _, mostKeptBytes: __, quorum, follows, ...state } = look
  return {
    id,
    silentMs,
    state: {
      ...state,
      ...(quorum && { quorum: { members: quorum.members as InstanceId[], acks: quorum.acks } }),
      ...(follows === undefined ? {} : { follows: follows as InstanceId }),
      ...lag,
    },
  }
}
