import type { AccessEntry } from "./edge.ts"

/** What stands in JSON as it is. */
const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/

/**
 * One line as a process's log has it: `{"level":30,"time":"<ISO 8601>","id","access":{AccessEntry}}` and a newline.
 * Written out by hand, because it is written for every request: only what a client chose can need escaping.
 */
export function accessLine(id: string, entry: AccessEntry): string {
  const { at, requestId, traceId, client, method, target, host, status, bytesIn, bytesOut } = entry
  const { durationMs, backend, retries, tls, error } = entry
  const time = isoTime(Math.floor(at + durationMs))
  const request = `"client":${quoted(client)},"method":"${method}","target":${quoted(target)},"host":${quoted(host)}`
  const answer = `"status":${status},"bytesIn":${bytesIn},"bytesOut":${bytesOut},"durationMs":${rounded(durationMs)}`
  const way = `"backend":${quoted(backend)},"retries":${retries}${tls === undefined ? "" : `,"tls":"${tls}"`}${error === undefined ? "" : `,"error":${quoted(error)}`}`
  const ids = `"at":${at},"requestId":"${requestId}","traceId":"${traceId}"`
  return `{"level":30,"time":"${time}","id":${quoted(id)},"access":{${ids},${request},${answer},${way}}}\n`
}

function quoted(text: string): string {
  return plain.test(text) ? `"${text}"` : JSON.stringify(text)
}

/** To the microsecond. */
function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000
}

let lastMs = Number.NaN
let lastTime = ""

/** Many requests end in the same millisecond. */
function isoTime(ms: number): string {
  if (ms !== lastMs) {
    lastMs = ms
    lastTime = new Date(ms).toISOString()
  }
  return lastTime
}
