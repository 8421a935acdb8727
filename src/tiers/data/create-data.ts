import { Kysely } from "kysely"
import type { ServiceMap } from "../../wire/map.ts"
import type { DataReport } from "../../wire/report.ts"
import type { Data, DataOptions } from "./data.ts"
import { Listener } from "./postgres/listen.ts"
import { Sessions } from "./postgres/session.ts"
import { RoutedDialect } from "./router/routed-dialect.ts"
import { Router } from "./router/router.ts"
import { followByAsking } from "./router/servers/asked-fleet.ts"
import { fleetOfMap } from "./router/servers/fleet.ts"
import { ServerGroup } from "./router/servers/server-group.ts"
import { readServerUrl } from "./router/servers/server-url.ts"

/** What a process has to a server beside its pool: LISTEN, a session for a lock, a look at how the server does. */
const besideThePool = 3
/** As long as a map may take to reach everybody whose control link stands. */
const defaultSettleMs = 2000

/** Joins the parts: the servers, the router and the listener that follow them, Kysely above the router. */
export function createData(options: DataOptions): Data {
  const { credentials, urls, clock, log, gate, random = Math.random } = options
  const listeners: (() => void)[] = []
  const onChange = () => {
    for (const listener of listeners) listener()
  }
  const group = new ServerGroup({
    ...{ gate, clock, random, log, onChange },
    applicationName: options.name ?? "banyan",
    size: options.poolSize,
    watchEveryMs: 500,
    hungAfterMs: 2000,
    settleMs: options.settleMs ?? defaultSettleMs,
  })
  if (urls !== undefined) followByAsking(group, urls.map(readServerUrl))
  const router = new Router({ group, shard: "main", random, nowMs: () => clock.monotonicMs() })
  const kysely = new Kysely<never>({ dialect: new RoutedDialect(() => router) })
  const open = () => group.openToPrimary()
  const listener = new Listener({ open, clock, random, log })
  const sessions = new Sessions({
    ...{ open, clock, random, maxWaitMs: gate.maxWaitMs },
    heldBack: () => group.primaryPool.heldBack,
    onQuiet: onChange,
  })
  return {
    pool: group.primaryPool,
    db: <DB>() => kysely as unknown as Kysely<DB>,
    get replicated() {
      return !group.alone
    },
    apply(map) {
      group.resize(poolSizeOf(map, options.poolSize))
      const fleet = credentials && fleetOfMap(map, credentials)
      if (fleet === undefined) return
      const { primary, alone } = group
      group.follow(fleet)
      // What could only go to one server was not looked at closely.
      if (alone && !group.alone) router.book.forget()
      listener.moved(group.primary !== primary)
    },
    report: () => reportOf(group, sessions),
    onChange: listener => void listeners.push(listener),
    listen: (channel, onNotice, onGap = () => {}) => listener.listen(channel, onNotice, onGap),
    session: work => sessions.run(work),
    async close() {
      listener.close()
      await group.close()
    },
  }
}

function poolSizeOf({ settings: { connectionShare } }: ServiceMap, poolSize: number): number {
  return connectionShare === undefined
    ? poolSize
    : Math.max(1, Math.min(poolSize, connectionShare - besideThePool))
}

function reportOf({ primaryPool, primary, servers }: ServerGroup, sessions: Sessions): DataReport {
  const replicas = servers.filter(server => server !== primary)
  const atWork = replicas.map(({ place, pool }) => [place.name, pool.outstanding] as const)
  if (primary !== undefined) atWork.push([primary.place.name, primaryPool.outstanding + sessions.count])
  return {
    ...primaryPool.report(),
    underWay: Object.fromEntries(atWork.filter(([, count]) => count > 0)),
    ...(replicas.length > 0 && {
      replicas: replicas.map(({ place, pool, usable, lagBytes }) => {
        return { id: place.name, connections: pool.report().connections, reading: usable, lagBytes }
      }),
    }),
  }
}
