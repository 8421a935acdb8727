const LF = 0x0a
const CR = 0x0d

/** How long a client waits before it connects again; it finds another instance there already. */
export const retryHintMs = 1000

/** Where in an event stream its last byte stands: behind a whole event, behind a line, or inside a line. */
type Place = "event" | "line" | "inside"

/**
 * Follows the bytes of a server-sent event stream, so that it can be ended at any byte without a client taking half
 * an event for a whole one (WHATWG HTML section 9.2.6: an event is dispatched at its empty line, what stands before
 * the end without one is discarded, and a `retry` field counts from the end of its line).
 */
export class EventStreamTail {
  #place: Place = "event"
  #last = 0

  push(bytes: Uint8Array): void {
    // An empty line needs at most the last four bytes; the place before them follows from the line ends alone.
    const from = Math.max(0, bytes.length - 4)
    if (from > 0) {
      this.#place = "inside"
      this.#last = bytes[from - 1]!
      if (this.#last === LF || this.#last === CR) this.#place = "line"
    }
    for (let at = from; at < bytes.length; at++) this.#step(bytes[at]!)
  }

  #step(byte: number): void {
    const endsCrLf = byte === LF && this.#last === CR
    if (byte !== LF && byte !== CR) this.#place = "inside"
    // The LF of a CRLF belongs to the line end its CR made.
    else if (!endsCrLf) this.#place = this.#place === "inside" ? "line" : "event"
    this.#last = byte
  }

  /** What to write last. Inside an event it leaves out the empty line, so that the client discards the half. */
  ending(): string {
    const hint = `retry: ${retryHintMs}\n`
    if (this.#place === "event") return `${hint}\n`
    return this.#place === "line" ? hint : `\n${hint}`
  }
}

/** Whether an answer with these fields is one, as it is: one that is compressed can only be ended by who compressed it. */
export function isEventStream(field: (name: string) => string | null | undefined): boolean {
  const isPlain = (field("content-encoding") ?? "") === ""
  return isPlain && /^text\/event-stream\s*(?:;|$)/i.test(field("content-type") ?? "")
}
