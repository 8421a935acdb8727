import type pg from "pg"
import { messageOf } from "../../../../kit/errors.ts"
import type { Address } from "../../../../wire/map.ts"
import type { ConnectionCredentials } from "../../postgres/connection.ts"
import { refusePrimary, type ServerIdentity } from "../../postgres/identity.ts"
import { type PoolTarget, PostgresPool } from "../../postgres/pool.ts"
import { openVerified } from "../../postgres/verified-connection.ts"
import { later, type Position } from "../session/position.ts"
import { watchForUnconfirmed } from "../statements/send-groups.ts"
import { findPrimary } from "./find-primary.ts"
import { Server, type ServerOptions } from "./server.ts"
import type { ServerStatus } from "./server-status.ts"
import type { ServerPlace } from "./server-url.ts"
import { ServerWatch } from "./server-watch.ts"

export type GroupOptions = ServerOptions & {
  readonly places: readonly ServerPlace[]
  readonly watchEveryMs: number
  readonly hungAfterMs: number
}

/**
 * All servers of a cluster. Who is primary is found by asking them, each time something happens; the pool for writing
 * follows, and holds new work at its gate while there is none.
 */
export class ServerGroup {
  readonly servers: readonly Server[]
  readonly primaryPool: PostgresPool
  readonly #options: GroupOptions
  readonly #watches: readonly ServerWatch[]
  /** Nobody is believed to be the primary before each was asked: a former one may answer first. */
  readonly #unheard: Set<Server>
  #primary: Server | undefined
  /** As the primary's last new connection said. */
  #identity: ServerIdentity | undefined
  #reached: Position | undefined

  constructor(options: GroupOptions) {
    this.#options = options
    const clusterOf = () => this.#identity?.cluster
    this.servers = options.places.map(place => new Server(place, options, clusterOf))
    this.#unheard = new Set(this.servers)
    this.primaryPool = new PostgresPool({
      ...options,
      server: this.#target(),
      onTrouble: () => this.askNow(),
    })
    this.#watches = this.servers.map(server => this.#watch(server))
  }

  get primary(): Server | undefined {
    return this.#primary
  }

  /** The timeline that is written now, as far as it is known. */
  get timeline(): number {
    return Math.max(this.#identity?.timeline ?? 0, this.#reached?.timeline ?? 0)
  }

  /** The primary said, with an answer, how far its log goes. */
  primaryReached(position: Position): void {
    this.#reached = later(this.#reached, position)
  }

  askNow(): void {
    for (const watch of this.#watches) watch.askNow()
  }

  async close(): Promise<void> {
    for (const watch of this.#watches) watch.close()
    await Promise.all([this.primaryPool.end(), ...this.servers.map(({ pool }) => pool.end())])
  }

  #watch(server: Server): ServerWatch {
    const { clock, random, watchEveryMs, hungAfterMs } = this.#options
    return new ServerWatch({
      place: server.place,
      clock,
      random,
      everyMs: watchEveryMs,
      hungAfterMs,
      onStatus: status => this.#heard(server, status),
      onSilence: (reason, hung) => this.#silent(server, reason, hung),
    })
  }

  #heard(server: Server, status: ServerStatus): void {
    if (server.status === undefined)
      this.#options.log.info({ server: server.place.name, ...words(status) }, "server answers")
    server.told(status)
    this.#unheard.delete(server)
    this.#follow()
    const cluster = this.#identity?.cluster ?? this.#primary?.status?.cluster
    if (server === this.#primary) this.primaryReached({ timeline: status.timeline, lsn: status.lsn })
    if (cluster === undefined || this.#reached === undefined) return
    for (const each of this.servers) each.compare(cluster, this.#reached)
  }

  /** What hangs is as good as gone, and does not let go of those who wait for it. */
  #silent(server: Server, reason: unknown, hung: boolean): void {
    const news = server.status !== undefined
    server.told(undefined)
    if (this.#unheard.delete(server)) this.#follow()
    if (news)
      this.#options.log.error(
        { server: server.place.name, reason: messageOf(reason) },
        "server does not answer",
      )
    if (news && hung) server.pool.moved()
    if (server === this.#primary && news) this.askNow()
  }

  #follow(): void {
    if (this.#unheard.size > 0) return
    const candidates = this.servers.map(server => ({ server, status: server.status }))
    const timeline = this.timeline
    const known = this.#identity && { cluster: this.#identity.cluster, timeline }
    const found = findPrimary(candidates, this.#primary, known)
    if (found === undefined) this.#mayBeDemoted()
    else if (found === this.#primary) this.primaryPool.lookAgain()
    else this.#moveTo(found)
  }

  #moveTo(found: Server): void {
    const { log } = this.#options
    log.info({ server: found.place.name, timeline: found.status?.timeline }, "this server is the primary")
    this.#primary = found
    this.primaryPool.moved()
  }

  /** The primary says of itself that it is none, and nobody else is: work waits. */
  #mayBeDemoted(): void {
    if (this.#primary?.status?.recovering !== true) return
    this.#primary = undefined
    this.primaryPool.moved()
  }

  #target(): PoolTarget {
    const addressOf = (): Address | undefined => this.#primary?.place.address
    return {
      get address() {
        return addressOf()
      },
      open: () => {
        if (this.#primary === undefined) throw new Error("no server says that it is the primary")
        const { address, credentials } = this.#primary.place
        return this.#open(address, credentials)
      },
    }
  }

  async #open(address: Address, credentials: ConnectionCredentials): Promise<pg.Client> {
    const { applicationName } = this.#options
    const client = await openVerified(address, credentials, applicationName, seen => this.#refuse(seen), {
      pipeline: true,
    })
    watchForUnconfirmed(client)
    return client
  }

  #refuse(seen: ServerIdentity): string | undefined {
    const known = this.#identity && { ...this.#identity, timeline: this.timeline }
    const reason = refusePrimary(seen, known)
    if (reason === undefined) this.#identity = seen
    return reason
  }
}

function words({ recovering, timeline }: ServerStatus) {
  return { role: recovering ? "replica" : "primary", timeline }
}
