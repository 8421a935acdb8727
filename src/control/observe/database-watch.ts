import type { PromotionRecord } from "../../drivers/database-acts.ts"
import type { DriverInstance } from "../../drivers/driver.ts"
import { groupOf, type InstanceId } from "../../topology/topology.ts"
import { compareEpochs, type Epoch } from "../../wire/epoch.ts"
import type { DatabaseEntry, ServiceMap } from "../../wire/map.ts"
import type { Report } from "../../wire/report.ts"
import type { ObservedDatabase, ObservedFleet } from "../plan/observed.ts"

/** A receiver that broke off comes back by itself within this, and one that was told of another primary finds it. */
const momentMs = 2_000
/** Who has not received the log for so long, while there was a primary to send it, holds no commit up any longer. */
const lostAfterMs = 3_000

/** From one switchover nobody asked for to the next, when it failed. */
const firstWaitMs = 10_000
const longestWaitMs = 600_000

/** A promotion that its host refused: nobody is sure to have every acknowledged write. */
export type RefusedFailover = NonNullable<ObservedFleet["refused"]> & {
  readonly words: string
  readonly atMs: number
}

/** What control has seen of the databases over time. Times are monotonic unless they are shown. */
export class DatabaseWatch {
  /** How long a primary with replicas may be silent. */
  readonly hungAfterMs: number
  refused: RefusedFailover | undefined
  /** The last one, with its parts. */
  promotion: PromotionRecord | undefined
  /** Who was built anew last, and why it could not stay as it was. */
  rebuilt: { readonly id: InstanceId; readonly reason: string; readonly atMs: number } | undefined
  /** Who is the primary where no map says it: the journal was lost. */
  hint: InstanceId | undefined
  /** Who was told settings that wait for a restart, as was said when they were told. */
  restartDue = new Set<string>()
  readonly #followedAtMs = new Map<string, number>()
  /** When it last could have acknowledged: one that hangs is still shown as streaming, and acknowledges nothing. */
  readonly #answeredAtMs = new Map<string, number>()
  /** Since when it could have been following. */
  readonly #hopeSinceMs = new Map<string, number>()
  readonly #draining = new Map<string, { readonly sinceMs: number; readonly epoch: Epoch }>()
  #map: ServiceMap | undefined
  #failedSwitchovers = 0
  #noSwitchoverBeforeMs: number | undefined

  constructor(hungAfterMs: number) {
    this.hungAfterMs = hungAfterMs
  }

  follow(map: ServiceMap, nowMs: number): void {
    const former = primaryOf(this.#map)?.id
    this.#map = map
    const draining = map.databases.filter(each => each.state === "draining").map(each => each.id)
    for (const id of this.#draining.keys()) if (!draining.includes(id)) this.#draining.delete(id)
    for (const id of draining)
      if (!this.#draining.has(id)) this.#draining.set(id, { sinceMs: nowMs, epoch: map.epoch })
    if (primaryOf(map)?.id === former) return
    this.refused = undefined
    this.#failedSwitchovers = 0
    this.#noSwitchoverBeforeMs = undefined
    this.#hopeSinceMs.clear()
  }

  see(list: readonly DriverInstance[], nowMs: number): void {
    const primary = list.find(each => each.id === primaryOf(this.#map)?.id)
    const isWell = primary !== undefined && this.#answers(primary)
    if (isWell && this.refused?.former === primary.id) this.refused = undefined
    for (const instance of list) {
      if (instance.state === "exited") this.restartDue.delete(instance.id)
      const isStreaming = this.#isStreaming(instance)
      if (isStreaming) this.#followedAtMs.set(instance.id, nowMs)
      if (isStreaming && this.#answers(instance)) this.#answeredAtMs.set(instance.id, nowMs)
      if (!isWell || !this.#hopeSinceMs.has(instance.id)) this.#hopeSinceMs.set(instance.id, nowMs)
    }
    if (!isWell) for (const { id } of this.#map?.databases ?? []) this.#hopeSinceMs.set(id, nowMs)
  }

  /** How many of these can acknowledge a commit now: they receive the primary's log, and answer. */
  following(ids: readonly string[], list: readonly DriverInstance[]): number {
    return list.filter(each => ids.includes(each.id) && this.#isStreaming(each) && this.#answers(each)).length
  }

  /** Undefined: it is none, or nothing is known of it. `reports`: of the processes that use databases. */
  observe(
    id: string,
    instance: DriverInstance | undefined,
    reports: () => readonly (Report | undefined)[],
    nowMs: number,
  ): ObservedDatabase | undefined {
    if (groupOf(id) !== "postgres") return undefined
    const entry = this.#map?.databases.find(each => each.id === id)
    const isHinted = id === this.hint && primaryOf(this.#map) === undefined
    if (entry === undefined && instance === undefined && !isHinted) return undefined
    const isLiving = instance !== undefined && instance.state !== "exited"
    const seenMs = this.#followedAtMs.get(id) ?? Number.NEGATIVE_INFINITY
    const answeredMs = this.#answeredAtMs.get(id) ?? Number.NEGATIVE_INFINITY
    const hopeMs = Math.max(answeredMs, this.#hopeSinceMs.get(id) ?? Number.NEGATIVE_INFINITY)
    const plays = isLiving ? instance.database?.role : undefined
    return {
      place: isHinted ? "primary" : entry?.role,
      isOpen: entry !== undefined && entry.state !== "draining",
      isListed: instance !== undefined,
      plays,
      isPromoted: entry?.role === "replica" && plays === "primary" && isNewer(instance, this.#map),
      follows: isLiving && plays !== "primary" && nowMs - seenMs <= momentMs,
      isLost: !Number.isFinite(hopeMs) ? this.#map !== undefined : nowMs - hopeMs > lostAfterMs,
      isSilent: isLiving && (instance.silentMs ?? 0) >= this.hungAfterMs,
      isDrained: this.#isDrained(id, reports),
      drainingSinceMs: this.#draining.get(id)?.sinceMs,
      restartDue: isLiving && instance.database?.restartDue === true && "settings",
      isFarBehind: isLiving && instance.database?.farBehind === true,
    }
  }

  /** Each in a row doubles the wait for the next: it holds writes up, and may fail for the same reason. */
  switchoverFailed(nowMs: number): void {
    this.#failedSwitchovers++
    const waitMs = Math.min(firstWaitMs * 2 ** (this.#failedSwitchovers - 1), longestWaitMs)
    this.#noSwitchoverBeforeMs = nowMs + waitMs
  }

  /** What was tried of late, for the planner. */
  get remembered(): Omit<ObservedFleet, "quorums"> {
    return { refused: this.refused, noSwitchoverBeforeMs: this.#noSwitchoverBeforeMs }
  }

  #isStreaming({ state, database }: DriverInstance): boolean {
    if (state === "exited" || database?.role !== "replica" || database.streaming !== true) return false
    return database.follows === primaryOf(this.#map)?.id
  }

  #answers({ state, silentMs = 0 }: DriverInstance): boolean {
    return state === "ready" && silentMs < this.hungAfterMs
  }

  #isDrained(id: string, reports: () => readonly (Report | undefined)[]): boolean {
    const draining = this.#draining.get(id)
    return draining !== undefined && reports().every(report => isDoneWith(id, draining.epoch, report))
  }
}

/** By a report made with this epoch or a newer one in force. Of a process that cannot tell, what it cannot tell. */
export function isDoneWith(id: string, epoch: Epoch, report: Report | undefined): boolean {
  if (report === undefined || compareEpochs(report.epoch, epoch) < 0) return false
  return report.data?.underWay?.[id] === undefined
}

export function primaryOf(map: ServiceMap | undefined): DatabaseEntry | undefined {
  return map?.databases.find(each => each.role === "primary")
}

/** The newest timeline that the map knows. */
export function timelineOf(map: ServiceMap | undefined): number {
  return map?.promotions?.at(-1)?.timeline ?? 1
}

function isNewer(instance: DriverInstance | undefined, map: ServiceMap | undefined): boolean {
  return (instance?.database?.timeline ?? 0) > timelineOf(map)
}
