import type pg from "pg"
import { messageOf } from "../../../../kit/errors.ts"
import { refusePrimary, type ServerIdentity } from "../../postgres/identity.ts"
import { wasOrdered } from "../../postgres/lost-work.ts"
import { PostgresPool } from "../../postgres/pool.ts"
import type { PoolTarget } from "../../postgres/pool-options.ts"
import { openVerified } from "../../postgres/verified-connection.ts"
import { primaryPlace } from "../place-statements.ts"
import { SharedReads } from "../reads/shared-reads.ts"
import { later, type Position } from "../session/position.ts"
import { watchForUnconfirmed } from "../statements/send-groups.ts"
import type { KnownCluster } from "./find-primary.ts"
import { type Fleet, samePlace } from "./fleet.ts"
import { Server, type ServerOptions } from "./server.ts"
import type { ServerPlace } from "./server-place.ts"
import type { ServerStatus } from "./server-status.ts"
import { ServerWatch } from "./server-watch.ts"

export type GroupOptions = ServerOptions & {
  readonly watchEveryMs: number
  readonly hungAfterMs: number
  /**
   * A server that is new here is read from when it has what the primary had so long after: until then others may still
   * write without telling anybody how far, because they know of one server alone.
   */
  readonly settleMs: number
  /** The primary stopped answering, or answers again; or, in a pause, nothing is under way any more. */
  readonly onChange?: () => void
}

/**
 * All servers of a cluster, as the fleet says that is followed; the pool for writing leads to its primary, and holds new
 * work at its gate while there is none. While there are several, each is asked again and again how far it has come.
 */
export class ServerGroup {
  readonly primaryPool: PostgresPool
  readonly primaryReads: SharedReads
  readonly #options: GroupOptions
  #servers: readonly Server[] = []
  readonly #watches = new Map<Server, ServerWatch>()
  #heard: (server: Server) => void = () => {}
  #primary: Server | undefined
  #size: number
  /** As the primary's last new connection said. */
  #identity: ServerIdentity | undefined
  #fleetTimeline = 0
  #reached: Position | undefined

  constructor(options: GroupOptions) {
    this.#options = options
    this.#size = options.size
    this.primaryPool = new PostgresPool({
      ...options,
      server: this.#target(),
      onTrouble: () => {
        this.askNow()
        options.onChange?.()
      },
      ...(options.onChange && { onRecovery: options.onChange, onQuiet: options.onChange }),
    })
    const nameOf = () => this.#primary?.place.name ?? ""
    this.primaryReads = new SharedReads(this.primaryPool, primaryPlace, nameOf, options.clock)
  }

  get servers(): readonly Server[] {
    return this.#servers
  }

  get primary(): Server | undefined {
    return this.#primary
  }

  /** With one server there is nothing to choose and nothing to remember. */
  get alone(): boolean {
    return this.#servers.length < 2
  }

  /** The timeline that is written now, as far as it is known. */
  get timeline(): number {
    return Math.max(this.#fleetTimeline, this.#identity?.timeline ?? 0, this.#reached?.timeline ?? 0)
  }

  get known(): KnownCluster | undefined {
    return this.#identity && { cluster: this.#identity.cluster, timeline: this.timeline }
  }

  /** Calls back when a server was asked, whether it answered or not. */
  onHeard(listener: (server: Server) => void): void {
    this.#heard = listener
  }

  /**
   * From now on it is like this. Connections to who was primary end at once, at work or not; while the primary stays who
   * it is, it is looked for at once should it be away.
   */
  follow(fleet: Fleet): void {
    this.#fleetTimeline = Math.max(this.#fleetTimeline, fleet.timeline)
    this.#replaceServers(fleet.places)
    for (const server of this.#servers) server.draining = fleet.draining.has(server.place.name)
    const primary = this.#servers.find(({ place }) => place.name === fleet.primary)
    if (fleet.paused) this.primaryPool.pause()
    if (primary === this.#primary) this.primaryPool.lookAgain()
    else this.#moveTo(primary)
    if (!fleet.paused) this.primaryPool.resume()
    this.#watchSeveral()
  }

  /** Another share of each server's connections. */
  resize(size: number): void {
    this.#size = size
    this.primaryPool.resize(size)
    for (const { pool } of this.#servers) pool.resize(size)
  }

  /** The primary said, with an answer, how far its log goes. */
  primaryReached(position: Position): void {
    this.#reached = later(this.#reached, position)
  }

  askNow(): void {
    for (const watch of this.#watches.values()) watch.askNow()
  }

  /** A connection to the primary outside the pool; `pipeline` as in openConnection. Throws BN2205 and what the system says. */
  async openToPrimary(options: { readonly pipeline?: boolean } = {}): Promise<pg.Client> {
    if (this.#primary === undefined) throw new Error("who is the primary is not known")
    const { address, credentials } = this.#primary.place
    const { applicationName } = this.#options
    const refuse = (seen: ServerIdentity) => this.#refuse(seen)
    const client = await openVerified(address, credentials, applicationName, refuse, options)
    watchForUnconfirmed(client)
    return client
  }

  async close(): Promise<void> {
    this.#unwatch([...this.#watches.keys()])
    await Promise.all([this.primaryPool.end(), ...this.#servers.map(({ pool }) => pool.end())])
  }

  #replaceServers(places: readonly ServerPlace[]): void {
    const before = this.#servers
    const clusterOf = () => this.#identity?.cluster
    const options = { ...this.#options, size: this.#size }
    this.#servers = places.map(
      place => before.find(known => samePlace(known.place, place)) ?? new Server(place, options, clusterOf),
    )
    const gone = before.filter(server => !this.#servers.includes(server))
    this.#unwatch(gone)
    for (const { pool } of gone) void pool.end()
  }

  #moveTo(primary: Server | undefined): void {
    const { log } = this.#options
    if (primary !== undefined)
      log.info(
        { server: primary.place.name, timeline: primary.status?.timeline },
        "this server is the primary",
      )
    this.#primary = primary
    this.primaryPool.moved()
  }

  /** One server alone is not asked: there is nothing to choose. */
  #watchSeveral(): void {
    if (this.alone) this.#unwatch(this.#servers)
    else
      for (const server of this.#servers)
        if (!this.#watches.has(server)) this.#watches.set(server, this.#watch(server))
  }

  #unwatch(servers: readonly Server[]): void {
    for (const server of servers) {
      this.#watches.get(server)?.close()
      this.#watches.delete(server)
    }
  }

  #watch(server: Server): ServerWatch {
    const { clock, random, watchEveryMs, hungAfterMs } = this.#options
    return new ServerWatch({
      place: server.place,
      clock,
      random,
      everyMs: watchEveryMs,
      hungAfterMs,
      onQuiet: () => void (server.quiet = true),
      onStatus: status => this.#told(server, status),
      onSilence: (reason, hung) => this.#silent(server, reason, hung),
    })
  }

  #told(server: Server, status: ServerStatus): void {
    if (server.status === undefined)
      this.#options.log.info({ server: server.place.name, ...words(status) }, "server answers")
    server.told(status)
    this.#heard(server)
    if (server === this.#primary) this.#primaryTold(status)
    const cluster = this.#identity?.cluster ?? this.#primary?.status?.cluster
    if (cluster === undefined || this.#reached === undefined) return
    const isHeard = this.#primary?.status?.recovering === false
    for (const each of this.#servers) each.compare(cluster, this.#reached, isHeard)
  }

  /** How far everybody's writes go that were acknowledged until now. */
  #primaryTold({ timeline, lsn, recovering }: ServerStatus): void {
    if (recovering) return
    this.primaryReached({ timeline, lsn })
    const { clock, settleMs } = this.#options
    for (const each of this.#servers)
      if (clock.monotonicMs() - each.knownSinceMs >= settleMs) each.settle({ timeline, lsn })
  }

  /** What hangs is as good as gone, and does not let go of those who wait for it. */
  #silent(server: Server, reason: unknown, hung: boolean): void {
    const news = server.status !== undefined
    server.told(undefined)
    this.#heard(server)
    if (!news) return
    const details = { server: server.place.name, reason: messageOf(reason) }
    // What the server said last can be lost to a write that failed first (EPIPE); what was planned is known without it.
    if (wasOrdered(reason) || (this.#isLeaving(server) && !hung))
      this.#options.log.info(details, "server was told to end")
    else this.#options.log.error(details, "server does not answer")
    if (hung) server.pool.moved()
    if (server === this.#primary) this.askNow()
  }

  /** The primary is held back to change places, or this one is not read from any more: its end comes next. */
  #isLeaving(server: Server): boolean {
    return server.draining || (server === this.#primary && this.primaryPool.heldBack !== undefined)
  }

  #target(): PoolTarget {
    const placeOf = (): ServerPlace | undefined => this.#primary?.place
    return {
      get address() {
        return placeOf()?.address
      },
      get name() {
        return placeOf()?.name
      },
      open: () => this.openToPrimary({ pipeline: true }),
    }
  }

  #refuse(seen: ServerIdentity): string | undefined {
    const known = this.#identity ?? { cluster: seen.cluster, recovering: false, timeline: null }
    const reason = refusePrimary(seen, { ...known, timeline: this.timeline })
    if (reason === undefined) this.#identity = seen
    return reason
  }
}

function words({ recovering, timeline }: ServerStatus) {
  return { role: recovering ? "replica" : "primary", timeline }
}
