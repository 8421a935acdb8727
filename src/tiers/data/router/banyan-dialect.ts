import type { Clock } from "../../../kit/clock.ts"
import { systemClock } from "../../../kit/node/system-clock.ts"
import type { Random } from "../../../kit/random.ts"
import type { GateLimits } from "../postgres/gate.ts"
import { RoutedDialect } from "./routed-dialect.ts"
import { Router } from "./router.ts"
import { followByAsking } from "./servers/asked-fleet.ts"
import { ServerGroup } from "./servers/server-group.ts"
import type { ServerPlace } from "./servers/server-place.ts"
import { readServerUrl } from "./servers/server-url.ts"

export type BanyanDialectOptions = {
  /** `postgres://user:password@host:port/database`. Only where to begin: who is primary is found by asking all. */
  readonly primary: string
  readonly replicas?: readonly string[]
  /** Most connections to each server for reading, and again to the primary for everything else. Default 10. */
  readonly poolSize?: number
  /** Work that waits for a connection, or for a primary while there is none: how much, how long. Default 1000, 10 s. */
  readonly gate?: Partial<GateLimits>
  /** `application_name`, for the servers' own lists. */
  readonly name?: string
  /** What this database is called in sessions that touch several: letters, digits, `_-`. Default `main`. */
  readonly shard?: string
  /** Between two looks at each server while all is well. Default 500 ms. */
  readonly watchEveryMs?: number
  /** A server that says nothing for so long is left alone. Default 2 s. */
  readonly hungAfterMs?: number
  readonly clock?: Clock
  readonly random?: Random
  readonly log?: {
    info(details: object, message: string): void
    error(details: object, message: string): void
  }
}

/** What is known of a server, for people. */
export type ServerReport = {
  readonly name: string
  readonly role: "primary" | "replica" | "away"
  readonly timeline: number | undefined
  readonly lagBytes: number
  /** Whether reads go there. */
  readonly reading: boolean
}

/**
 * A Kysely dialect over one Postgres primary and its replicas, usable without anything else of Banyan:
 * `new Kysely<DB>({ dialect: new BanyanDialect({ primary, replicas }) })`. Reads go to replicas by the query's tree, all
 * else to the primary; within `withCausalSession` nobody sees older data than they wrote or saw. docs/data.md has the
 * promises. The constructor throws BN2280 for a bad URL; queries reject with BN2201 to BN2205 or the server's error.
 */
export class BanyanDialect extends RoutedDialect {
  readonly #places: readonly ServerPlace[]
  readonly #options: BanyanDialectOptions
  #joined: { readonly router: Router; readonly group: ServerGroup } | undefined

  constructor(options: BanyanDialectOptions) {
    super(
      () => this.#join().router,
      async () => {
        const joined = this.#joined
        this.#joined = undefined
        await joined?.group.close()
      },
    )
    this.#options = options
    this.#places = [options.primary, ...(options.replicas ?? [])].map(readServerUrl)
  }

  /** Each server as it was last heard; empty before the first query. */
  report(): readonly ServerReport[] {
    const { group } = this.#joined ?? {}
    return (group?.servers ?? []).map(server => ({
      name: server.place.name,
      role: server === group?.primary ? "primary" : server.status === undefined ? "away" : "replica",
      timeline: server.status?.timeline,
      lagBytes: server.lagBytes,
      reading: server.usable,
    }))
  }

  /** At the first query: whoever only imports or compiles needs no server. */
  #join() {
    if (this.#joined !== undefined) return this.#joined
    const { poolSize = 10, gate, name = "banyan", shard = "main", random = Math.random } = this.#options
    const { clock = systemClock, log = silent, watchEveryMs = 500, hungAfterMs = 2000 } = this.#options
    const group = new ServerGroup({
      applicationName: name,
      size: poolSize,
      gate: { maxWaiting: 1000, maxWaitMs: 10_000, ...gate },
      watchEveryMs,
      hungAfterMs,
      settleMs: 0,
      clock,
      random,
      log,
    })
    followByAsking(group, this.#places)
    const router = new Router({ group, shard, random, nowMs: () => clock.monotonicMs() })
    this.#joined = { router, group }
    return this.#joined
  }
}

const silent = { info() {}, error() {} }
