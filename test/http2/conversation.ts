import { setTimeout as pause } from "node:timers/promises"
import { HpackDecoder } from "../../src/http2/hpack/hpack-decoder.ts"
import { errorCode, flag, frameType } from "../../src/http2/http2.ts"
import {
  blockBytes,
  errorOf,
  frameBytes,
  get,
  type RawFrame,
  RawHttp2Client,
} from "../../src/tiers/edge/testing/raw-http2-client.ts"
import type { Address } from "../../src/wire/map.ts"
import { type Http2Case, type Step, textOf } from "./corpus.ts"

/** What a client saw of one connection. */
export type Seen = {
  readonly closed: boolean
  /** The codes, by name; GOAWAY without an error does not count. */
  readonly goAway: string | undefined
  readonly resets: ReadonlyMap<number, string>
  /** Final statuses. */
  readonly statuses: ReadonlyMap<number, number>
  readonly headers: ReadonlyMap<number, ReadonlyMap<string, string>>
  readonly ended: ReadonlySet<number>
  readonly firstData: ReadonlyMap<number, number>
  readonly pongs: readonly string[]
  readonly settingsAcks: number
  /** Bytes of HTTP/1 instead. */
  readonly http1: string
}

const probe = "70726f6265212121"
const types: Readonly<Record<string, number>> = {
  DATA: 0,
  HEADERS: 1,
  PRIORITY: 2,
  RST_STREAM: 3,
  SETTINGS: 4,
  PUSH_PROMISE: 5,
  PING: 6,
  GOAWAY: 7,
  WINDOW_UPDATE: 8,
  CONTINUATION: 9,
}
const flags: Readonly<Record<string, number>> = {
  END_STREAM: flag.endStream,
  ACK: flag.ack,
  END_HEADERS: flag.endHeaders,
  PADDED: flag.padded,
  PRIORITY: flag.priority,
}

/** Sends a case on a new connection, asks for a PING behind it, and looks until `isEnough` or patience is over. */
export async function converse(
  where: Address,
  { send, bare }: Http2Case,
  isEnough: (seen: Seen) => boolean,
  patienceMs: number,
): Promise<Seen> {
  const client = new RawHttp2Client(where)
  if (!bare) client.begin()
  const deadline = Date.now() + patienceMs
  const until = async (come: () => boolean) => {
    while (!come() && !client.closed && Date.now() < deadline) await pause(2)
  }
  for (const step of send) {
    if ("await" in step) {
      const [what = "", id = "0"] = step.await.split(" ")
      await until(() => hasCome(client.frames, what, Number(id)))
    } else client.send(bytesOf(step))
  }
  client.send(frameBytes(frameType.ping, 0, 0, Buffer.from(probe, "hex")))
  await until(() => isEnough(seenOf(client)))
  const seen = seenOf(client)
  client.socket.destroy()
  return seen
}

/** The server is still there: it has answered the last PING, and ended nothing. */
export function isAlive({ pongs, goAway, closed }: Seen): boolean {
  return pongs.includes(probe) && goAway === undefined && !closed
}

export function bytesOf(step: Exclude<Step, { await: string }>): Buffer {
  if ("openUpTo" in step) {
    const ids = Array.from({ length: step.openUpTo }, (_, at) => at * 2 + 1)
    return Buffer.concat(
      ids.map(id => frameBytes(frameType.headers, flag.endHeaders, id, blockBytes(get("/wait")))),
    )
  }
  if (!("frame" in step)) return Buffer.from(step.text, "latin1")
  const type = typeof step.frame === "number" ? step.frame : types[step.frame]!
  const block = step.fields === undefined ? Buffer.alloc(0) : blockBytes(step.fields.map(textOf))
  const payload = Buffer.concat([
    Buffer.from(step.before ?? "", "hex"),
    Buffer.from(textOf(step.hex ?? ""), "hex"),
    Buffer.from(textOf(step.text ?? ""), "latin1"),
    step.part === undefined ? block : block.subarray(...step.part),
    Buffer.from(step.tail ?? "", "hex"),
  ])
  return frameBytes(type, flagsOf(step.flags ?? 0), step.stream, payload)
}

function flagsOf(given: string | number): number {
  return typeof given === "number" ? given : given.split(" ").reduce((all, name) => all | flags[name]!, 0)
}

function hasCome(frames: readonly RawFrame[], what: string, id: number): boolean {
  const own = frames.filter(({ stream }) => stream === id)
  if (what === "stream") return own.some(frame => frame.type <= 1 && (frame.flags & flag.endStream) !== 0)
  return own.some(({ type }) => type === (what === "head" ? frameType.headers : frameType.data))
}

function seenOf({ frames, closed, text }: RawHttp2Client): Seen {
  if (text.startsWith("HTTP/1.")) return { ...empty(), closed, http1: text }
  const decoder = new HpackDecoder()
  const seen = { ...empty(), closed }
  for (const frame of frames) {
    const { type, stream, payload } = frame
    const isAck = (frame.flags & flag.ack) !== 0
    if (type === frameType.goAway && errorOf(frame) !== 0) seen.goAway = errorName(errorOf(frame))
    if (type === frameType.rstStream) seen.resets.set(stream, errorName(errorOf(frame)))
    if (type === frameType.ping && isAck) seen.pongs.push(payload.toString("hex"))
    if (type === frameType.settings && isAck) seen.settingsAcks++
    if (type === frameType.data && payload.length > 0 && !seen.firstData.has(stream))
      seen.firstData.set(stream, payload.length)
    if (type <= 1 && (frame.flags & flag.endStream) !== 0) seen.ended.add(stream)
    if (type !== frameType.headers) continue
    const { fields } = decoder.decode(payload, 100_000)
    const named = new Map(
      fields.flatMap((name, at) => (at % 2 === 0 ? [[name, fields[at + 1]!] as const] : [])),
    )
    const status = Number(named.get(":status") ?? 0)
    if (status >= 200) seen.statuses.set(stream, status)
    if (status >= 200) seen.headers.set(stream, named)
  }
  return seen
}

const empty = () => ({
  closed: false,
  goAway: undefined as string | undefined,
  resets: new Map<number, string>(),
  statuses: new Map<number, number>(),
  headers: new Map<number, Map<string, string>>(),
  ended: new Set<number>(),
  firstData: new Map<number, number>(),
  pongs: [] as string[],
  settingsAcks: 0,
  http1: "",
})

function errorName(code: number): string {
  return Object.keys(errorCode)[code] ?? String(code)
}
