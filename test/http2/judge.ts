import { isAlive, type Seen } from "./conversation.ts"
import type { Http2Case } from "./corpus.ts"

/** What every answer of the backend says it read, and the Cookie it read. */
export const echoField = "x-read"
export const cookieField = "x-cookie"

/** Whether what was seen is one of what the case allows. */
export function isAllowed(wanted: Http2Case, seen: Seen): boolean {
  return isConnectionError(wanted, seen) || isStreamError(wanted, seen) || isFine(wanted, seen)
}

/** What was seen, in one line. */
export function tell({ goAway, resets, statuses, closed, http1 }: Seen): string {
  const words = [
    ...(goAway === undefined ? [] : [`GOAWAY ${goAway}`]),
    ...[...resets].map(([stream, code]) => `RST_STREAM ${stream} ${code}`),
    ...[...statuses].map(([stream, status]) => `stream ${stream}: ${status}`),
    ...(http1 === "" ? [] : [http1.slice(0, 12)]),
    ...(closed ? ["closed"] : []),
  ]
  return words.length === 0 ? "nothing" : words.join(", ")
}

/** RFC 9113 section 5.4.1: GOAWAY with the code, or an end without a word. */
function isConnectionError({ connectionError, streamError, refusedAsHttp1 }: Http2Case, seen: Seen): boolean {
  if (refusedAsHttp1 && seen.http1.startsWith("HTTP/1.1 505")) return true
  // An endpoint may take an error of a stream for one of the connection.
  const codes = [...(connectionError ?? []), ...Object.values(streamError ?? {}).flat()] as readonly string[]
  if (codes.length === 0) return false
  return seen.goAway === undefined ? seen.closed : codes.includes(seen.goAway)
}

function isStreamError({ streamError = {} }: Http2Case, seen: Seen): boolean {
  if (seen.goAway !== undefined || seen.closed) return false
  return Object.entries(streamError).some(([stream, codes]) => {
    const code = seen.resets.get(Number(stream))
    return code !== undefined && (codes as readonly string[]).includes(code)
  })
}

function isFine(wanted: Http2Case, seen: Seen): boolean {
  const { answers, alive, pong, noPong, settingsAcks, firstData } = wanted
  if (answers === undefined && !alive && !pong && !settingsAcks && firstData === undefined) return false
  if (!isAlive(seen)) return false
  const readRight =
    every(wanted.body, (stream, echo) => seen.headers.get(stream)?.get(echoField) === echo) &&
    every(wanted.cookie, (stream, cookie) => seen.headers.get(stream)?.get(cookieField) === cookie)
  return (
    readRight &&
    every(
      answers,
      (stream, kind) => String(seen.statuses.get(stream)).startsWith(kind[0]!) && seen.ended.has(stream),
    ) &&
    every(firstData, (stream, bytes) => seen.firstData.get(stream) === bytes) &&
    (pong === undefined || seen.pongs.includes(pong)) &&
    (noPong === undefined || !seen.pongs.includes(noPong)) &&
    seen.settingsAcks >= (settingsAcks ?? 0)
  )
}

function every<Value>(
  all: Readonly<Record<string, Value>> | undefined,
  holds: (stream: number, value: Value) => boolean,
): boolean {
  return Object.entries(all ?? {}).every(([stream, value]) => holds(Number(stream), value))
}
