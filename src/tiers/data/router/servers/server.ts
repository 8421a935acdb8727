import { PostgresPool } from "../../postgres/pool.ts"
import type { PoolOptions } from "../../postgres/pool-options.ts"
import { Lateness } from "../../postgres/replication/lateness.ts"
import { openVerified } from "../../postgres/verified-connection.ts"
import { replicaPlace } from "../place-statements.ts"
import { SharedReads } from "../reads/shared-reads.ts"
import { covers, later, type Position } from "../session/position.ts"
import type { ReplicaView } from "./choose-replica.ts"
import type { ServerPlace } from "./server-place.ts"
import type { ServerStatus } from "./server-status.ts"

/** What all servers of one dialect share. */
export type ServerOptions = Omit<
  PoolOptions,
  "server" | "serverName" | "waitsForReturn" | "isLeaving" | "onTrouble" | "onRecovery" | "onQuiet"
> & {
  /** `application_name` of its connections. */
  readonly applicationName: string
}

/** A replica further behind is left alone until it has come closer. */
const mostLagBytes = 256 * 1024 * 1024
/** And so is one that lacks something for so long: whoever has no session would read the past there, for ever where nothing moves. */
const mostLateMs = 12_000

/** One server, whatever its role is: what it said last, and the connections for reading from it. */
export class Server implements ReplicaView {
  readonly place: ServerPlace
  readonly pool: PostgresPool
  readonly reads: SharedReads
  /** Undefined while it does not answer. */
  status: ServerStatus | undefined
  quiet = false
  outstanding = 0
  lagBytes = 0
  lateMs = 0
  /** It is not to be read from any more. */
  draining = false
  readonly knownSinceMs: number
  /** What it must have before it is read from at all. */
  #settledAt: Position | undefined
  /** It belongs to the cluster and has not stayed behind on an older timeline. */
  #member = false
  #watermark: Position | undefined
  #lateness = new Lateness<Position>()
  readonly #clock: ServerOptions["clock"]

  constructor(place: ServerPlace, options: ServerOptions, clusterOf: () => string | undefined) {
    this.place = place
    this.#clock = options.clock
    this.knownSinceMs = options.clock.monotonicMs()
    const open = () =>
      openVerified(
        place.address,
        place.credentials,
        options.applicationName,
        ({ cluster }) => (cluster === (clusterOf() ?? cluster) ? undefined : "it belongs to another cluster"),
        { pipeline: true },
      )
    const server = { address: place.address, name: place.name, open }
    this.pool = new PostgresPool({
      ...options,
      ...{ server, serverName: place.name, waitsForReturn: false },
      isLeaving: () => this.draining,
    })
    this.reads = new SharedReads(this.pool, replicaPlace, () => place.name, options.clock)
  }

  get usable(): boolean {
    const { status } = this
    return (
      status?.recovering === true &&
      !this.draining &&
      this.#member &&
      this.#settledAt !== undefined &&
      covers(this.#watermark, this.#settledAt) &&
      this.lagBytes <= mostLagBytes &&
      this.lateMs <= mostLateMs &&
      this.pool.healthy
    )
  }

  /** It has replayed (as the primary: flushed) at least that far. */
  get watermark(): Position | undefined {
    return this.#watermark
  }

  /** What it told of itself, or that it does not answer; seen from a primary that has come to `primary`. */
  told(status: ServerStatus | undefined): void {
    const wasReplica = this.status?.recovering
    this.status = status
    this.quiet = false
    if (status === undefined) {
      // A server that comes back may be one that was set back.
      this.#watermark = undefined
      return
    }
    this.reached({ timeline: status.timeline, lsn: status.lsn })
    if (wasReplica === true && !status.recovering) this.pool.moved()
  }

  /** The first time says when it may be read from: when it has come there. */
  settle(primary: Position): void {
    this.#settledAt ??= primary
  }

  reached(position: Position): void {
    this.#watermark = later(this.#watermark, position)
  }

  /**
   * Holds it against where the primary was last: is it a replica of that one, and how far behind? `isHeard`: the primary
   * answers; while it does not, nobody can be late, and reads go on.
   */
  compare(cluster: string, primary: Position, isHeard: boolean): void {
    const { status, watermark } = this
    this.#member = status?.cluster === cluster && status.timeline >= primary.timeline
    const behind = watermark === undefined || covers(watermark, primary) ? 0n : primary.lsn - watermark.lsn
    this.lagBytes = behind > 0n ? Number(behind) : 0
    if (!isHeard) this.#lateness.forget()
    const late = () => this.#lateness.see(primary, at => covers(watermark, at), this.#clock.monotonicMs())
    this.lateMs = isHeard ? late() : 0
  }
}
