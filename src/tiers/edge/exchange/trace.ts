import type { Random } from "../../../kit/random.ts"

/** W3C Trace Context level 1, section 3.2. */
const traceparent = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/

export type Trace = {
  readonly traceId: string
  /** The value to send on: the same trace, a span of our own. */
  readonly traceparent: string
  /** Whether it goes on from the client's trace; only then its tracestate means anything. */
  readonly continued: boolean
}

/** Goes on with a well-formed trace of the client, or starts one. */
export function traceOf(received: readonly string[], random: Random): Trace {
  const given = received.length === 1 ? parseTraceparent(received[0]!) : undefined
  const ids = hex(random, 6)
  const traceId = given?.traceId ?? ids.slice(0, 32)
  const flags = given?.flags ?? "00"
  return {
    traceId,
    traceparent: `00-${traceId}-${ids.slice(32)}-${flags}`,
    continued: given !== undefined,
  }
}

function parseTraceparent(value: string): { traceId: string; flags: string } | undefined {
  const match = traceparent.exec(value)
  if (match === null) return undefined
  const [, version, traceId, parentId, flags, rest] = match
  if (version === "ff" || (version === "00" && rest !== undefined)) return undefined
  if (/^0+$/.test(traceId!) || /^0+$/.test(parentId!)) return undefined
  // Of the flags only `sampled` is known to this version.
  return { traceId: traceId!, flags: Number.parseInt(flags!, 16) & 1 ? "01" : "00" }
}

const words = new Uint32Array(8)
const wordBytes = Buffer.from(words.buffer)

/** `count` (at most 8) times 32 random bits; never all zero, which the standard forbids. */
export function hex(random: Random, count: number): string {
  for (let at = 0; at < count; at++) words[at] = random() * 0xffff_ffff + 1
  return wordBytes.toString("hex", 0, count * 4)
}
