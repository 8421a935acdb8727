import type { InstanceView, StateView } from "../../wire/admin.ts"
import { formatEpoch } from "../../wire/epoch.ts"
import { formatDuration } from "../durations.ts"
import { onData } from "../output.ts"
import { databaseLines, lagWords } from "./database-words.ts"
import { orderWords } from "./order-words.ts"
import { planTitle } from "./plan-words.ts"
import { tableLines } from "./table.ts"

/** Let's Encrypt renews 30 days before the end: with fewer left than this, something has not worked. */
const soonDays = 14

/** The whole state, as `status` shows it: what it is, what runs in the order of a request, and how it does. */
export function stateLines(state: StateView, nowMs: number): string[] {
  const { name, url, httpsUrl } = state.service
  const instances = [...state.instances].sort((a, b) => rank(a) - rank(b) || compareIds(a.id, b.id))
  const lags = instances.some(({ database }) => database?.streaming !== undefined)
  return [
    `${onData("bold", name)}  ${url}${httpsUrl === undefined ? "" : `  ${httpsUrl}`}  stage ${onData("bold", state.stage)}  ${settledWords(state)}`,
    "",
    ...tableLines(
      ["id", "tier", "role", "state", "pid", "up", "memory", "requests", "address", ...(lags ? ["lag"] : [])],
      instances.map(one => [
        one.id,
        one.tier,
        one.role,
        stateWord(one, nowMs),
        String(one.pid ?? "-"),
        formatDuration(nowMs - one.startedAtMs),
        memoryWords(one),
        String(one.requests),
        one.address,
        ...(lags ? [lagWords(one)] : []),
      ]),
    ),
    "",
    ...noticeLines(instances),
    trafficLine(state.traffic),
    totalsLine(state),
    ...databaseLines(state.databases, nowMs),
    ...certificateLines(state, nowMs),
    ...orderLines(state.certificateOrder, nowMs),
    `control plane: pid ${state.supervisor.pid}, map ${formatEpoch(state.epoch)}`,
  ]
}

/** What somebody should look at, and a blank line; nothing when all is well. */
function noticeLines(instances: readonly InstanceView[]): string[] {
  const warnings = instances.flatMap(({ warning }) =>
    warning === undefined ? [] : [onData("yellow", warning)],
  )
  const lines = [...warnings, ...errorLines(instances)]
  return lines.length === 0 ? [] : [...lines, ""]
}

function errorLines(instances: readonly InstanceView[]): string[] {
  const logs = instances.flatMap(({ id, errorsLastMinute: count = 0 }) =>
    count === 0 ? [] : [{ id, count }],
  )
  const [first] = logs
  if (first === undefined) return []
  const count = logs.reduce((sum, log) => sum + log.count, 0)
  const errors = onData("red", `${count} ${count === 1 ? "error" : "errors"} in the last minute`)
  if (logs.length === 1)
    return [`${errors} in the log of ${first.id}: npx banyan logs ${first.id} --level error`]
  const where = logs.map(log => `${log.id} (${log.count})`).join(", ")
  return [`${errors} in the logs of ${where}: npx banyan logs --level error`]
}

export function trafficLine(traffic: StateView["traffic"]): string {
  const { requestsPerSecond, errorsPerSecond, latencyMs } = traffic
  const errors = `${errorsPerSecond.toFixed(1)} errors/s`
  return [
    `${requestsPerSecond.toFixed(1)} requests/s`,
    errorsPerSecond > 0 ? onData("red", errors) : errors,
    `p50 ${latencyMs.p50.toFixed(1)} ms`,
    `p99 ${latencyMs.p99.toFixed(1)} ms`,
  ].join("   ")
}

/** What was counted, by all front doors that ever were. */
function totalsLine({ totals: { requests, aborted, retries }, fronts }: StateView): string {
  const open = fronts.filter(({ state }) => state === "open").length
  const counted = [`${requests} requests in all`, `${aborted} aborted`, `${retries} sent again`].join(", ")
  return `${counted}; ${open} front door${open === 1 ? "" : "s"} open`
}

/** Those that somebody must look after. */
function certificateLines({ certificates = [], certificateOrder }: StateView, nowMs: number): string[] {
  return certificates.flatMap(({ file, notAfterMs, problem }) => {
    if (problem !== undefined) {
      const served = notAfterMs === 0 ? "no certificate is served for it" : "the old one is served on"
      return [`${onData("red", "certificate")}: ${problem}; ${served}`]
    }
    // One that is ordered has a line of its own, and may be short-lived on purpose.
    if (notAfterMs === certificateOrder?.notAfterMs) return []
    const days = Math.floor((notAfterMs - nowMs) / 86_400_000)
    return days >= soonDays ? [] : [`${onData("yellow", "certificate")}: ${file} ends in ${days} days`]
  })
}

function orderLines(order: StateView["certificateOrder"], nowMs: number): string[] {
  if (order === undefined) return []
  const { problem, notAfterMs } = order
  const color = problem !== undefined ? "red" : notAfterMs === undefined ? "yellow" : "green"
  return [
    `${onData(color, "certificate")}: ${orderWords(order, nowMs)}`,
    ...(problem === undefined ? [] : [`  ${onData("dim", "->")} ${problem.todo}`]),
  ]
}

function settledWords(state: StateView): string {
  if (state.plan !== null) return onData("yellow", `changing: ${planTitle(state.plan)}`)
  return state.settled ? onData("green", "settled") : onData("yellow", "settling")
}

function stateWord(instance: InstanceView, nowMs: number): string {
  const { frozenUntilMs } = instance
  if (frozenUntilMs !== undefined)
    return onData("yellow", `frozen, for ${formatDuration(Math.max(0, frozenUntilMs - nowMs))} more`)
  const word = instance.progress === undefined ? instance.state : `${instance.state}: ${instance.progress}`
  if (instance.state === "ready") return onData("green", word)
  return onData(instance.state === "exited" ? "red" : "yellow", word)
}

/** `83 MB`, `83 of 512 MB`. */
function memoryWords({ memoryMb, memoryLimitMb }: InstanceView): string {
  if (memoryMb === undefined) return "-"
  return memoryLimitMb === undefined ? `${memoryMb} MB` : `${memoryMb} of ${memoryLimitMb} MB`
}

/** The order of a request: edge, web, data. */
function rank({ tier }: InstanceView): number {
  return ["edge+web", "edge", "web", "data"].indexOf(tier)
}

function compareIds(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true })
}
