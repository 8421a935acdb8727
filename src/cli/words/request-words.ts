import { stripVTControlCharacters } from "node:util"
import type { RequestStep, RequestSummary, RequestsView, RequestView } from "../../wire/admin.ts"
import { formatDuration } from "../durations.ts"
import { onData } from "../output.ts"
import { printable } from "./printable.ts"
import { tableLines } from "./table.ts"

const leastBar = 20
const mostBar = 60

export function requestsLines({ requests }: RequestsView): string[] {
  const headings = ["took", "status", "why", "when", "request", "id", "by"]
  return tableLines(headings, requests.map(rowOf))
}

function rowOf(request: RequestSummary): string[] {
  const { latencyMs, kept, at, method, target, requestId, instances } = request
  const why = kept === "failed" ? onData("red", kept) : kept
  const words = plain(`${method} ${target}`)
  const short = words.length > 60 ? `${words.slice(0, 59)}…` : words
  const time = new Date(at).toISOString().slice(11, 19)
  return [tookWords(latencyMs), statusWords(request), why, time, short, requestId, instances.join(", ")]
}

/** A bar for each step under one scale, what it was beside it, and its statement below. */
export function requestLines(request: RequestView, columns: number): string[] {
  const { method, target, latencyMs, durationMs, requestId, traceId, at, omitted, steps, error } = request
  const { silent = [] } = request
  const answered = `${statusWords(request)}, head after ${tookWords(latencyMs)}, over after ${tookWords(durationMs)}`
  const labels = steps.map(step => `${"  ".repeat(step.depth)}${labelOf(step)}`)
  const width = Math.max(0, ...labels.map(label => label.length))
  const bar = Math.min(mostBar, Math.max(leastBar, columns - width - 14))
  return [
    plain(`${method} ${target}`),
    `${answered}${error === undefined ? "" : `; ${plain(error)}`}`,
    onData("dim", `request ${requestId}, trace ${traceId}, ${new Date(at).toISOString()}`),
    "",
    ...steps.flatMap((step, index) => [
      `${labels[index]?.padEnd(width)}  ${barOf(step, durationMs, bar)}  ${tookWords(step.durationMs)}`,
      ...noteLines(step),
    ]),
    ...(omitted > 0 ? ["", `${omitted} more steps were not kept`] : []),
    ...(silent.length > 0 ? ["", `did not answer: ${silent.join(", ")}`] : []),
  ]
}

function labelOf({ name, instance, details }: RequestStep): string {
  const { backend, server, status } = details ?? {}
  if (name === "request" || name === "web") return `${instance} ${status}`
  return plain([name, backend ?? server].filter(words => words !== undefined && words !== "").join(" "))
}

function noteLines({ details, error, depth }: RequestStep): string[] {
  const notes = [details?.["sql"], details?.["reason"]].filter(words => words !== undefined)
  const indent = "  ".repeat(depth + 1)
  return [
    ...notes.map(words => onData("dim", `${indent}${plain(words)}`)),
    ...(error === undefined ? [] : [`${indent}${onData("red", plain(error))}`]),
  ]
}

function barOf({ startMs, durationMs, error }: RequestStep, wholeMs: number, width: number): string {
  const at = (ms: number) => Math.round((Math.min(ms, wholeMs) / Math.max(wholeMs, 0.001)) * width)
  const start = Math.min(at(startMs), width - 1)
  const length = Math.max(1, at(startMs + durationMs) - start)
  const bar = `${" ".repeat(start)}${"█".repeat(length)}`.padEnd(width)
  return error === undefined ? bar : onData("red", bar)
}

function statusWords({ status }: RequestSummary): string {
  return status === 0 ? "no answer" : `${status}`
}

/** To the tenth of a millisecond where that is something. */
function tookWords(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : formatDuration(ms)
}

/** What a client or an app chose; whole sequences that it meant for a terminal are left out. */
function plain(text: string): string {
  return printable(stripVTControlCharacters(text))
}
