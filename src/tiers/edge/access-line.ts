import { remembered } from "../../http1/remembered.ts"
import type { AccessEntry } from "./edge.ts"

/** What stands in JSON as it is. */
const plain = /^[\x20\x21\x23-\x5b\x5d-\x7e]*$/

/**
 * One line as a process's log has it: `{"level":30,"time":"<ISO 8601>","id","access":{AccessEntry}}` and a newline.
 * Written out by hand, because it is written for every request: only what a client chose can need escaping. Joining two
 * strings makes a third, so what comes again and again is kept together with the names around it.
 */
export function accessLine(id: string, entry: AccessEntry): string {
  const { at, requestId, traceId, client, http, method, target, host, status, bytesIn, bytesOut } = entry
  const { durationMs, backend, retries, tls, error } = entry
  const us = Math.round(durationMs * 1_000)
  const ms = Math.floor(us / 1_000)
  const ids = `${lineStart(id, Math.floor(at + durationMs))}${at},"requestId":"${requestId}","traceId":"${traceId}`
  const request = `${clientPart(client)}${methodParts[http](method)}${quoted(target)}${hostPart(host)}`
  const answer = `${status},"bytesIn":${bytesIn},"bytesOut":${bytesOut},"durationMs":${ms}${thousandths[us - ms * 1_000]}`
  return `${ids}${request}${answer}${backendPart(backend)}${lineEnd(retries, tls, error)}`
}

function quoted(text: string): string {
  return plain.test(text) ? `"${text}"` : JSON.stringify(text)
}

const clientPart = remembered(client => `","client":${quoted(client)},"http":"`)
const methodPart = (http: string) => remembered(method => `${http}","method":${quoted(method)},"target":`)
const methodParts = { "1.0": methodPart("1.0"), "1.1": methodPart("1.1"), "2": methodPart("2") }
const hostPart = remembered(host => `,"host":${quoted(host)},"status":`)
const backendPart = remembered(backend => `,"backend":${quoted(backend)},"retries":`)

/** To the microsecond, in digits: a fraction costs several times what two whole numbers do. */
const thousandths = Array.from({ length: 1_000 }, (_, count) => `.${`${count}`.padStart(3, "0")}`)

function lineEnd(retries: number, tls: string | undefined, error: string | undefined): string {
  if (retries === 0 && tls === undefined && error === undefined) return "0}}\n"
  return `${retries}${tls === undefined ? "" : `,"tls":"${tls}"`}${error === undefined ? "" : `,"error":${quoted(error)}`}}}\n`
}

let lastId = ""
let lastMs = Number.NaN
let lastStart = ""

/** Many requests end in the same millisecond. */
function lineStart(id: string, ms: number): string {
  if (ms !== lastMs || id !== lastId) {
    lastId = id
    lastMs = ms
    lastStart = `{"level":30,"time":"${new Date(ms).toISOString()}","id":${quoted(id)},"access":{"at":`
  }
  return lastStart
}
