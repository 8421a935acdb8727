import type { SeenServer } from "../../drivers/local/keeper-protocol.ts"
import { ServerWatch, type Watched } from "../../tiers/data/postgres/replication/server-watch.ts"
import type { InstanceId } from "../../topology/topology.ts"
import type { FleetServers } from "./fleet-servers.ts"

/** Looks at every server that runs, and tells when something is seen: once a turn of the event loop at most. */
export class FleetWatch {
  readonly #servers: FleetServers
  readonly #tell: (seen: readonly SeenServer[]) => void
  readonly #watches = new Map<string, ServerWatch>()
  #ids: readonly string[] = []
  #telling = false

  constructor(servers: FleetServers, tell: (seen: readonly SeenServer[]) => void) {
    this.#servers = servers
    this.#tell = tell
  }

  watch(ids: readonly string[]): void {
    this.#ids = ids
    for (const [id, watch] of this.#watches) {
      if (ids.includes(id)) continue
      watch.close()
      this.#watches.delete(id)
    }
    for (const id of ids) void this.#begin(id)
  }

  /** A server has read its settings anew. */
  told(id: string, restartDue: boolean): void {
    const watch = this.#watches.get(id)
    if (watch !== undefined) watch.restartDue = restartDue
  }

  async #begin(id: string): Promise<void> {
    const member = await this.#servers.member(id).catch(() => undefined)
    if (member === undefined || !this.#ids.includes(id) || this.#watches.has(id)) return
    this.#watches.set(id, new ServerWatch(member, () => this.#tellSoon()))
  }

  #tellSoon(): void {
    if (this.#telling) return
    this.#telling = true
    setImmediate(() => {
      this.#telling = false
      const seen = [...this.#watches].map(([id, watch]) => [id, watch.value] as const)
      const calm = isCalm(seen.map(([, value]) => value))
      for (const watch of this.#watches.values()) watch.isCalm = calm
      const values = new Map(seen)
      this.#tell(seen.map(([id, value]) => seenServer(id, value, values)))
    })
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

function seenServer(id: string, { look, silentMs }: Watched, all: ReadonlyMap<string, Watched>): SeenServer {
  if (look === undefined) return { id, silentMs }
  const { followers: _, quorum, follows, ...state } = look
  const follower = all.get(follows ?? "")?.look?.followers?.find(one => one.id === id)
  return {
    id,
    silentMs,
    state: {
      ...state,
      ...(quorum && { quorum: { members: quorum.members as InstanceId[], acks: quorum.acks } }),
      ...(follows === undefined ? {} : { follows: follows as InstanceId }),
      ...(follower && { lagBytes: follower.replayLagBytes, lagMs: follower.replayLagMs }),
    },
  }
}
