import type { View } from "../service/view.ts"
import { duration, rate } from "../words/numbers.ts"

/** What flows between two neighbours, as words and as a pace for the eye. */
export type Flow = {
  readonly figure: string
  readonly words: string
  readonly trouble: string
  /** 0: nothing moves; 5: as fast as the eye likes. */
  readonly pace: number
}

const nothing: Flow = { figure: "", words: "", trouble: "", pace: 0 }

export function flowOf({ state, instances, samples }: View, from: string, to: string): Flow {
  const last = samples.at(-1)
  if (last === undefined) return nothing
  if (from === "clients") {
    const { requestsPerSecond, failedPerSecond, latencyMs } = last
    return {
      figure: `${rate(requestsPerSecond)}/s`,
      words: requestsPerSecond > 0 ? `p95 ${duration(latencyMs.p95)}` : "no traffic",
      trouble: failedPerSecond > 0 ? `${rate(failedPerSecond)}/s failed` : "",
      pace: paceOf(requestsPerSecond),
    }
  }
  if (to === "data") {
    const users = state.instances.flatMap(({ pool }) => pool ?? [])
    const connections = users.reduce((sum, each) => sum + each.connections, 0)
    const waiting = users.reduce((sum, each) => sum + each.waiting, 0)
    const isOnItsWay = connections > 0 && last.requestsPerSecond > 0
    return {
      figure: users.length === 0 ? "" : String(connections),
      words: connections === 1 ? "connection" : users.length === 0 ? "" : "connections",
      trouble: waiting > 0 ? `${waiting} waiting` : "",
      pace: isOnItsWay ? paceOf(last.requestsPerSecond) : 0,
    }
  }
  const members = state.instances.filter(({ tier }) => tier === to)
  const perSecond = members.reduce((sum, { id }) => sum + (instances[id]?.requestsPerSecond ?? 0), 0)
  const underWay = members.reduce((sum, { id }) => sum + (instances[id]?.outstanding ?? 0), 0)
  return {
    figure: `${rate(perSecond)}/s`,
    words: `${underWay} under way`,
    trouble: "",
    pace: paceOf(perSecond),
  }
}

/** Each step is about six times as much. */
export function paceOf(perSecond: number): number {
  if (perSecond < 0.05) return 0
  return Math.max(1, Math.min(5, 1 + Math.round(Math.log(Math.max(1, perSecond)) / Math.log(6))))
}
