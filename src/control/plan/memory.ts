import type { GroupName, InstanceId, Topology } from "../../topology/topology.ts"
import type { MemoryJudgement, ObservedInstance } from "./observed.ts"

/** What one life of an instance uses, and may use. Times are monotonic. */
export type MemoryUse = {
  readonly bytes: number
  readonly limitBytes: number
  readonly bornAtMs: number
  /** When it first went over the limit. */
  readonly firstOverAtMs: number | undefined
  /** Since when every look has found it over the limit. */
  readonly overSinceMs: number | undefined
}

/** Over the limit for less is a burst that garbage collection ends. */
const lastingMs = 4_000
/** At so many times its limit it endangers everybody on the machine. */
const ceilingFactor = 2
/** Who is over its limit so soon after its birth was so made: a new life will not help. */
const soonMs = 60_000
const firstWaitMs = 60_000
const longestWaitMs = 3_600_000

/** `inVain`: how many of its group were replaced in a row and the next one was soon over the limit as well. */
export function judgeMemory(use: MemoryUse, inVain: number, nowMs: number): MemoryJudgement {
  if (use.overSinceMs === undefined || nowMs < mayReplaceAtMs(use, inVain)) return "fine"
  if (use.bytes >= ceilingFactor * use.limitBytes) return "kill"
  return nowMs - use.overSinceMs >= lastingMs ? "replace" : "fine"
}

/** A limit that is too small must not become a storm of restarts: each one in vain doubles the age of the next. */
export function mayReplaceAtMs({ bornAtMs }: MemoryUse, inVain: number): number {
  return inVain === 0 ? bornAtMs : bornAtMs + Math.min(firstWaitMs * 2 ** (inVain - 1), longestWaitMs)
}

/** The count after a life that was replaced, or killed, for its memory. */
export function countInVain(before: number, { bornAtMs, firstOverAtMs = bornAtMs }: MemoryUse): number {
  return firstOverAtMs - bornAtMs < soonMs ? before + 1 : 0
}

/**
 * Of each group the one whose place another takes, one at a time: who has begun to leave first. Nothing else has to
 * be waited for: it leaves when all that are wanted instead of it are there.
 */
export function outgrownOf(group: GroupName, running: readonly ObservedInstance[]): InstanceId | undefined {
  const over = running.filter(each => each.group === group && each.memory !== "fine")
  return (over.find(each => each.retiringSinceMs !== undefined) ?? over[0])?.id
}

/** Those to be killed now for their memory: of each group one at a time, and only while the others are there. */
export function oversizedInTurn(desired: Topology, running: readonly ObservedInstance[]): ObservedInstance[] {
  const oversized = Map.groupBy(
    running.filter(each => each.memory === "kill"),
    each => each.group,
  )
  return [...oversized].flatMap(([group, [first]]) => {
    const others = running.filter(each => each.group === group && each !== first && isInPlace(each))
    return first !== undefined && others.length >= desired.instances[group] - 1 ? [first] : []
  })
}

function isInPlace({ up, hung, front, backend }: ObservedInstance): boolean {
  return up && !hung && (front === "open" || backend === "routed")
}
