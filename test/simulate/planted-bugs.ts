import type { Journal } from "../../src/control/journal/journal.ts"
import type { LinkEvents, Links } from "../../src/control/observe/link-desk.ts"
import type { DatabaseHost } from "../../src/drivers/database-acts.ts"
import type { Driver } from "../../src/drivers/driver.ts"
import { stages } from "../../src/topology/stages.ts"
import { groupOf, rolesOf, type Topology } from "../../src/topology/topology.ts"
import { type Epoch, zeroEpoch } from "../../src/wire/epoch.ts"
import type { ServiceMap } from "../../src/wire/map.ts"
import type { Report } from "../../src/wire/report.ts"
import { clockWatcher } from "./clock-watcher.ts"
import type { Plant } from "./sim-world.ts"

type Planted = {
  readonly plant: Plant
  readonly caughtAs: RegExp
  /** Where it is most at home; any service when left out. */
  readonly base?: Topology
}

/** Bugs that a control plane could have, each put between it and the world. The simulation is worth what it catches of them. */
export const plantedBugs: Readonly<Record<string, Planted>> = {
  "publishes a map of an old epoch": {
    plant: changedLinks({ map: older }),
    caughtAs: /was offered|two different maps/,
  },
  "stops a process without waiting for its drain": {
    plant: changedLinks({ report: drainedAtOnce }),
    caughtAs: /was stopped with work left/,
  },
  "opens a front door before it is ready": {
    plant: changedLinks({ report: readyAtOnce }),
    caughtAs: /opened with no backend/,
  },
  "closes the old front door before the new one is open": {
    plant: changedLinks({ report: openAtOnce }),
    caughtAs: /below the healthy minimum/,
  },
  "forgets across a restart that a plan is being taken back": {
    plant: ({ journal }) => ({
      journal: changedJournal(journal, (seq, record) => {
        const forgets = record.type === "plan-undoing"
        return journal.append(seq, forgets ? { type: "step-intent", plan: record.plan, steps: [] } : record)
      }),
    }),
    caughtAs: /was shown as undoing and ended as done/,
  },
  "leaves the overrides of a plan that was taken back": {
    plant: ({ topologySource }) => {
      const { overrides } = topologySource
      const keep = {
        ...overrides,
        write: async (wish: Parameters<typeof overrides.write>[0]) => wish && overrides.write(wish),
      }
      return { topologySource: { ...topologySource, overrides: keep as typeof overrides } }
    },
    caughtAs: /want something else/,
  },
  "takes a control link that was cut for a process that hangs": {
    plant: ({ driver }) => ({ driver: changedDriver(driver, hearingNobody(driver)) }),
    caughtAs: /was killed, and neither hung/,
  },
  "takes a bit too much memory for far too much": {
    plant: ({ driver }) => ({ driver: changedDriver(driver, countingTwice(driver)) }),
    caughtAs: /was killed, and neither hung/,
  },
  "takes its own stall for the silence of others": {
    plant: clockWatcher,
    caughtAs: /was killed, and neither hung/,
  },
  "promotes whoever is there, without a quorum": {
    base: stages.replicated,
    plant: ({ driver }) => ({ driver: changedDriver(driver, changedActs(driver, anyOfThem)) }),
    caughtAs: /acknowledged writes are lost/,
  },
  "publishes a promotion before it is one": {
    base: stages.replicated,
    plant: ({ driver }) => ({ driver: changedDriver(driver, changedActs(driver, promisedOnly)) }),
    caughtAs: /which is no primary/,
  },
  "names a second primary on the map": {
    base: stages.replicated,
    plant: changedLinks({ map: withTwoPrimaries }),
    caughtAs: /two primaries/,
  },
  "leaves a pause standing": {
    base: stages.replicated,
    plant: (ports, world) => changedLinks({ map: pausedForGood() })(ports, world),
    caughtAs: /is paused in peace/,
  },
  "counts on a replica that leaves": {
    base: stages.replicated,
    plant: ({ driver }) => ({ driver: changedDriver(driver, changedActs(driver, neverFewer)) }),
    caughtAs: /commits count on|commits wait for/,
  },
  "acts on after it was replaced": {
    plant: ({ driver, journal }, { driver: agent, store }) => ({
      driver: unfenced(driver, () => agent.epoch()),
      journal: changedJournal(journal, (_, record) =>
        journal.append((store.entries.at(-1)?.seq ?? 0) + 1, record),
      ),
    }),
    caughtAs: /after it was replaced|replaced it/,
  },
}

type Change = { readonly map?: (map: ServiceMap) => ServiceMap; readonly report?: (report: Report) => Report }

/** Links that change what goes down or what comes up. */
function changedLinks({ map = same, report = same }: Change): Plant {
  return ({ openLinks }) => ({
    openLinks: (events: LinkEvents): Links => {
      const links = openLinks!({ ...events, onReport: heard => events.onReport(report(heard)) })
      return {
        listen: () => links.listen(),
        publish: next => links.publish(map(next)),
        askForTraces: asked => links.askForTraces(asked),
        close: () => links.close(),
      }
    },
  })
}

function same<T>(value: T): T {
  return value
}

function older(map: ServiceMap): ServiceMap {
  const { term, counter } = map.epoch
  return counter < 4 ? map : { ...map, epoch: { term, counter: counter - 2 } }
}

function drainedAtOnce(report: Report): Report {
  const { front, web } = report
  return {
    ...report,
    ...(front?.state === "draining" ? { front: { ...front, state: "drained" as const } } : {}),
    ...(web?.state === "draining" ? { web: { ...web, state: "drained" as const } } : {}),
  }
}

function readyAtOnce(report: Report): Report {
  const roles = rolesOf[groupOf(report.id)!]
  const web = { state: "serving" as const, outstanding: 0, requests: 0, errors: 0 }
  const front = { state: "closed" as const, ...noTraffic, backends: [] as HealthyBackend[] }
  const told = {
    ...(roles.includes("edge") ? { front } : {}),
    ...(roles.includes("web") ? { web } : {}),
    ...report,
    ready: true,
  }
  if (told.front === undefined) return told
  const backends = told.front.backends.map(each => ({ ...each, healthy: true }))
  return { ...told, front: { ...told.front, backends } }
}

type HealthyBackend = NonNullable<Report["front"]>["backends"][number]

const noTraffic = {
  ...{ connections: 0, outstanding: 0, requests: 0, aborted: 0, retries: 0, answers: {} },
  latencyMs: { p50: 1, p99: 2 },
}

/** As if every map had arrived the moment it was sent. */
function openAtOnce(report: Report): Report {
  const { front } = report
  const told = { ...report, epoch: { term: 1_000_000, counter: 0 } }
  return front?.state === "closed" ? { ...told, front: { ...front, state: "open" } } : told
}

function changedJournal(journal: Journal, append: Journal["append"]): Journal {
  return {
    append,
    read: () => journal.read(),
    compact: (seq, records) => journal.compact(seq, records),
    close: () => journal.close(),
  }
}

function changedDriver(driver: Driver, change: Partial<Driver>): Driver {
  return {
    name: driver.name,
    ...(driver.databases && { databases: driver.databases }),
    epoch: () => driver.epoch(),
    list: () => driver.list(),
    fence: epoch => driver.fence(epoch),
    start: (spec, map, epoch) => driver.start(spec, map, epoch),
    stop: (id, graceMs, epoch) => driver.stop(id, graceMs, epoch),
    kill: (id, silentMs, epoch) => driver.kill(id, silentMs, epoch),
    forget: (id, epoch) => driver.forget(id, epoch),
    signal: (id, signal, epoch) => driver.signal(id, signal, epoch),
    subscribe: listener => driver.subscribe(listener),
    close: () => driver.close(),
    ...change,
  }
}

type Act = DatabaseHost["act"]

function changedActs(driver: Driver, change: (act: Act) => Act): Partial<Driver> {
  const { databases } = driver
  if (databases === undefined) return {}
  const act = change((deed, epoch) => databases.act(deed, epoch))
  return { databases: { act, promotions: () => databases.promotions() } }
}

/** As if every commit were on every replica. */
function anyOfThem(act: Act): Act {
  return (deed, epoch) => {
    if (deed.act !== "fail-over") return act(deed, epoch)
    const quorum = { ...deed.quorum, acks: deed.quorum.members.length }
    return act({ ...deed, standbys: deed.standbys.slice(-1), quorum }, epoch)
  }
}

function promisedOnly(act: Act): Act {
  return async (deed, epoch) => {
    const [id] = deed.act === "fail-over" ? deed.standbys : []
    if (deed.act !== "fail-over" || id === undefined) return act(deed, epoch)
    const record = { former: deed.former, timeline: 1_000, why: "fail-over", atMs: 0, parts: {} } as const
    return { done: true, promotion: { id, ...record } }
  }
}

/** Says that it is done, and lets commits count on those they counted on. */
function neverFewer(act: Act): Act {
  let most = 0
  return async (deed, epoch) => {
    if (deed.act !== "quorum") return act(deed, epoch)
    if (deed.quorum.members.length < most) return { done: true }
    most = deed.quorum.members.length
    return act(deed, epoch)
  }
}

function withTwoPrimaries(map: ServiceMap): ServiceMap {
  const both = map.databases.slice(0, 2).map(each => ({ ...each, role: "primary" as const }))
  return { ...map, databases: [...both, ...map.databases.slice(2)] }
}

function pausedForGood(): (map: ServiceMap) => ServiceMap {
  let wasPaused = false
  return map => {
    wasPaused ||= map.databases.some(each => each.state === "paused")
    const paused = map.databases.map(each =>
      wasPaused && each.role === "primary" ? { ...each, state: "paused" as const } : each,
    )
    return { ...map, databases: paused }
  }
}

/** Asks nobody else, neither before it judges nor before it kills. */
function hearingNobody(driver: Driver): Partial<Driver> {
  return {
    list: async () => (await driver.list()).map(each => ({ ...each, silentMs: Number.POSITIVE_INFINITY })),
    kill: (id, _, epoch) => driver.kill(id, 0, epoch),
  }
}

function countingTwice(driver: Driver): Partial<Driver> {
  const twice = ({ memoryBytes = 0 }) => ({ memoryBytes: 2 * memoryBytes })
  return { list: async () => (await driver.list()).map(each => ({ ...each, ...twice(each) })) }
}

/** Shows the newest epoch instead of its own, and never asks for it. */
function unfenced(driver: Driver, newest: () => Promise<Epoch>): Driver {
  return changedDriver(driver, {
    epoch: async () => zeroEpoch,
    start: async (spec, map) => driver.start(spec, map, await newest()),
    stop: async (id, graceMs) => driver.stop(id, graceMs, await newest()),
    kill: async (id, silentMs) => driver.kill(id, silentMs, await newest()),
    forget: async id => driver.forget(id, await newest()),
    signal: async (id, signal) => driver.signal(id, signal, await newest()),
  })
}
