import { remembered } from "../../http1/remembered.ts"
import type { AccessEntry } from "./edge.ts"

/** What stands in JSON as it is. */
const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/

/**
 * One line as a process's log has it: `{"level":30,"time":"<ISO 8601>","id","access":{AccessEntry}}` and a newline.
 * Written out by hand, because it is written for every request: only what a client chose can need escaping.
 */
export function accessLine(id: string, entry: AccessEntry): string {
  const { at, requestId, traceId, client, http, method, target, host, status, bytesIn, bytesOut } = entry
  const { durationMs, backend, retries, tls, error } = entry
  const ids = `${lineStart(id, Math.floor(at + durationMs))}"at":${at},"requestId":"${requestId}","traceId":"${traceId}"`
  const request = `,"client":${quotedAgain(client)},"http":"${http}","method":"${method}","target":${quoted(target)},"host":${quotedAgain(host)}`
  const answer = `,"status":${status},"bytesIn":${bytesIn},"bytesOut":${bytesOut},"durationMs":${milliseconds(durationMs)}`
  const way = `,"backend":${quotedAgain(backend)},"retries":${retries}`
  const rest = `${tls === undefined ? "" : `,"tls":"${tls}"`}${error === undefined ? "" : `,"error":${quoted(error)}`}}}\n`
  return ids + request + answer + way + rest
}

function quoted(text: string): string {
  return plain.test(text) ? `"${text}"` : JSON.stringify(text)
}

/** For what comes again and again. */
const quotedAgain = remembered(quoted)

const thousandths = Array.from({ length: 1_000 }, (_, count) => `${count}`.padStart(3, "0"))

/** To the microsecond, in digits: a fraction costs several times what two whole numbers do. */
function milliseconds(ms: number): string {
  const us = Math.round(ms * 1_000)
  const wholeMs = Math.floor(us / 1_000)
  return `${wholeMs}.${thousandths[us - wholeMs * 1_000]}`
}

let lastId = ""
let lastMs = Number.NaN
let lastStart = ""

/** Many requests end in the same millisecond. */
function lineStart(id: string, ms: number): string {
  if (ms !== lastMs || id !== lastId) {
    lastId = id
    lastMs = ms
    lastStart = `{"level":30,"time":"${new Date(ms).toISOString()}","id":${quoted(id)},"access":{`
  }
  return lastStart
}
