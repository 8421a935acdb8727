import type { DriverInstance } from "../drivers/driver.ts"
import { sumCounts } from "../kit/sum-counts.ts"
import { stages } from "../topology/stages.ts"
import { ordinalOf, rolesOf } from "../topology/topology.ts"
import type { FrontCounts, InstanceView, StateView } from "../wire/admin.ts"
import type { Address } from "../wire/map.ts"
import type { CertificateReport, DataReport, FrontReport, Report } from "../wire/report.ts"
import { lateWords, viewDatabase, viewDatabases } from "./database-view.ts"
import type { ControlLoop } from "./loop.ts"
import { below, type Counters } from "./observe/counters.ts"
import type { World } from "./observe/world.ts"
import { isDatabase } from "./plan/observed.ts"
import { emptied } from "./topology-change.ts"

/** The whole state, as every surface shows it. `loop` is undefined while control is still taking over. */
export function viewState(
  world: World,
  loop: ControlLoop | undefined,
  rest: Pick<
    StateView,
    "seq" | "epoch" | "service" | "supervisor" | "traffic" | "totals" | "trouble" | "certificateOrder"
  >,
): StateView {
  const run = loop?.run
  const databases = viewDatabases(world)
  const { stage, instances } = loop?.desired ?? emptied(stages.single)
  return {
    schema: 1,
    ...rest,
    // A change has arrived when it is done, not when it begins.
    stage: run?.kind === "change" && run.undoing === undefined ? run.start.previous.stage : stage,
    desired: { stage, instances },
    settled: loop?.settled ?? false,
    app: world.reports().findLast(report => report.manifest !== undefined)?.manifest ?? null,
    instances: viewInstances(world),
    fronts: viewFronts(world),
    plan: run?.view() ?? null,
    lastPlan: loop?.lastPlan ?? null,
    ...(databases && { databases }),
    ...viewCertificates(world.reports()),
  }
}

/** Of each file what the front doors say, the one with a problem or the earlier end before the others. */
function viewCertificates(reports: readonly Report[]): Pick<StateView, "certificates"> {
  const worst = new Map<string, CertificateReport>()
  const isWorse = (one: CertificateReport, other: CertificateReport) =>
    one.problem !== undefined || (other.problem === undefined && one.notAfterMs < other.notAfterMs)
  for (const { front } of reports) {
    if (front?.state !== "open") continue
    for (const each of front.tls?.certificates ?? []) {
      const known = worst.get(each.file)
      if (known === undefined || isWorse(each, known)) worst.set(each.file, each)
    }
  }
  return worst.size === 0 ? {} : { certificates: [...worst.values()] }
}

/** Every instance the driver knows, in the way of a request: front doors, web, databases. */
export function viewInstances(world: World): InstanceView[] {
  const rank = { app: 0, edge: 1, web: 2, postgres: 3 }
  return [...world.instances()]
    .sort((a, b) => rank[a.group] - rank[b.group] || ordinalOf(a.id) - ordinalOf(b.id))
    .map(instance => viewInstance(world, instance))
}

export function viewInstance(world: World, instance: DriverInstance): InstanceView {
  const { id, group, pid, address, version, startedAtMs } = instance
  const report = world.reportOf(id)
  const counts = report?.front ?? report?.web
  const roles = rolesOf[group]
  return {
    id,
    tier: isDatabase(instance) ? "data" : roles.join("+"),
    role: roles.join("+"),
    state: viewCondition(world, id),
    ...(pid === undefined || instance.state === "exited" ? {} : { pid }),
    address: addressText(address),
    version,
    startedAtMs,
    outstanding: counts?.outstanding ?? seenByFronts(world, id, view => view.outstanding),
    requests: counts?.requests ?? seenByFronts(world, id, view => view.requests ?? 0),
    ...(isDatabase(instance) && viewDatabase(world, instance)),
    ...viewMemory(world, instance),
    ...warningOf(world, instance),
    ...frozenOf(world, id),
    ...errorsOf(world, id),
    ...(report?.data && { pool: viewPool(report.data) }),
    ...progressOf(world, instance, report),
  }
}

/** Of a database that is being copied its driver tells. */
function progressOf(world: World, { id, group, state }: DriverInstance, report: Report | undefined) {
  const words = isDatabase({ group }) && state === "running" ? world.lastWords(id) : report?.progress
  return words === undefined ? {} : { progress: words }
}

function viewPool({ connections, waiting, healthy }: DataReport): InstanceView["pool"] {
  return { connections, waiting, healthy }
}

type BackendOfFront = FrontReport["backends"][number]

/** Of a program, which does not count itself: what the front doors that run say of it. */
function seenByFronts(world: World, id: string, count: (view: BackendOfFront) => number): number {
  const views = world.reports().flatMap(({ front }) => front?.backends.filter(each => each.id === id) ?? [])
  return views.reduce((sum, view) => sum + count(view), 0)
}

function viewFronts(world: World): StateView["fronts"] {
  return world.reports().flatMap(({ id, front }) => {
    if (front === undefined) return []
    const {
      state,
      connections,
      outstanding,
      requests,
      answers,
      refusals = {},
      aborted,
      retries,
      latencyMs,
    } = front
    return [{ id, state, connections, outstanding, requests, answers, refusals, aborted, retries, latencyMs }]
  })
}

/** All front doors of the ledger together. */
export function viewTotals(totals: ReadonlyMap<string, Counters>): FrontCounts {
  const all = below("front", sumCounts([...totals.values()]))
  const { requests = 0, aborted = 0, retries = 0 } = all
  return { requests, answers: below("answers", all), refusals: below("refusals", all), aborted, retries }
}

/** Of each instance, as its view counts them: as a front door, as a web instance, or as front doors say of a program. */
export function viewRequests(totals: ReadonlyMap<string, Counters>): (id: string) => number {
  const sentTo = below("front/backends", sumCounts([...totals.values()]))
  return id => {
    const own = totals.get(id)
    return own?.["front/requests"] ?? own?.["web/requests"] ?? sentTo[id] ?? 0
  }
}

/** `web-2 exited (SIGKILL)`: what people read when a plan begins because of it. */
export function exitSentence({ id, exit }: DriverInstance): string {
  return `${id} exited (${exit?.signal ?? `code ${exit?.code ?? "unknown"}`})`
}

/** The end of one that a plan has ended. */
export function stopSentence(id: string): string {
  return `${id} was stopped`
}

/** `web-2 hung: silent for 10 s`. */
export function hungSentence(id: string, silentMs: number): string {
  return `${id} hung: silent for ${Math.round(silentMs / 1000)} s`
}

/** `web-2 uses 612 MB of 512`. */
export function memorySentence({ memory }: World, id: string): string {
  const { bytes, limitBytes } = memory.useOf(id) ?? { bytes: 0, limitBytes: 0 }
  return `${id} uses ${megabytes(bytes)} MB of ${megabytes(limitBytes)}`
}

/** In the unit of `web/memoryLimitMb`. */
function megabytes(bytes: number): number {
  return Math.round(bytes / 2 ** 20)
}

/** A limit that is too small is no reason to restart it again and again: people are told instead. */
function viewMemory({ memory }: World, { id, memoryBytes }: DriverInstance): Partial<InstanceView> {
  const use = memory.useOf(id)
  return {
    ...(memoryBytes === undefined ? {} : { memoryMb: megabytes(memoryBytes) }),
    ...(use === undefined ? {} : { memoryLimitMb: megabytes(use.limitBytes) }),
  }
}

function frozenOf({ marks }: World, id: string): Pick<InstanceView, "frozenUntilMs"> {
  const frozenUntilMs = marks.frozenUntilMs(id)
  return frozenUntilMs === undefined ? {} : { frozenUntilMs }
}

function errorsOf({ marks }: World, id: string): Pick<InstanceView, "errorsLastMinute"> {
  const errorsLastMinute = marks.errorsLastMinute(id)
  return errorsLastMinute === 0 ? {} : { errorsLastMinute }
}

/** What somebody should know of an instance that serves. */
function warningOf(world: World, instance: DriverInstance): Pick<InstanceView, "warning"> {
  const { id, database } = instance
  const late = lateWords(instance)
  if (late !== undefined) return { warning: late }
  if (database?.restartDue === true || world.databases.restartDue.has(id))
    return { warning: `${id} takes changed settings up when it is started again` }
  const mustLiveMs = world.memory.mustLiveMs(id)
  if (mustLiveMs === undefined) return {}
  const waits = `it is left alone until it is ${Math.round(mustLiveMs / 60_000)} min old`
  return {
    warning: `${memorySentence(world, id)}: its limit may be too small; replacing it has not helped, ${waits}`,
  }
}

function viewCondition(world: World, id: string): InstanceView["state"] {
  const observed = world.observedInstance(id)
  if (observed === undefined || observed.life === "exited") return "exited"
  // A step that ends it takes it off the map first. A database's end may be part of its being attached.
  const isLeaving = observed.retiringSinceMs !== undefined || (!isDatabase(observed) && world.isEnding(id))
  if (isLeaving) return "draining"
  const placed = observed.front === "open" || (observed.front === "none" && observed.backend === "routed")
  return placed || (observed.up && (isDatabase(observed) || observed.frontReady)) ? "ready" : "starting"
}

function addressText(address: Address): string {
  return "path" in address ? address.path : `${address.host}:${address.port}`
}
