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
export function traceOf(received: readonly string[], digits: HexDigits): Trace {
  const given = received.length === 1 ? parseTraceparent(received[0]!) : undefined
  const traceId = given?.traceId ?? digits.take(32)
  const flags = given?.flags ?? "00"
  return {
    traceId,
    traceparent: `00-${traceId}-${digits.take(16)}-${flags}`,
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

/** What is made at once: the ids of so many requests cost little more than those of one. */
const wordCount = 192
const digitsOfWord = 8

/** Random hexadecimal digits. Each eight of them are not all zero, which the standard forbids of an id. */
export class HexDigits {
  readonly #random: Random
  readonly #words = new Uint32Array(wordCount)
  #digits = ""
  #taken = 0

  constructor(random: Random) {
    this.#random = random
  }

  /** `count`: a multiple of eight. */
  take(count: number): string {
    if (this.#taken + count > this.#digits.length) this.#make()
    const digits = this.#digits.slice(this.#taken, this.#taken + count)
    this.#taken += count
    return digits
  }

  #make(): void {
    for (let at = 0; at < wordCount; at++) this.#words[at] = this.#random() * 0xffff_ffff + 1
    this.#digits = Buffer.from(this.#words.buffer).toString("hex", 0, (wordCount * digitsOfWord) / 2)
    this.#taken = 0
  }
}
