import { HttpParseError, type MessageParser, type MessageSink } from "../index.ts"

/** What a parser told, with adjoining body chunks joined: the same for every way the bytes may be split. */
export type MessageEvent =
  | readonly ["head", unknown]
  | readonly ["body", string]
  | readonly ["trailers", readonly string[]]
  | readonly ["end"]
  | readonly ["error", string]

export class MessageRecord<Head> implements MessageSink<Head> {
  readonly events: MessageEvent[] = []

  head(head: Head): void {
    this.events.push(["head", head])
  }

  body(chunk: Uint8Array): void {
    const text = Buffer.from(chunk).toString("latin1")
    const last = this.events.at(-1)
    if (last?.[0] === "body") this.events[this.events.length - 1] = ["body", last[1] + text]
    else this.events.push(["body", text])
  }

  trailers(fields: readonly string[]): void {
    this.events.push(["trailers", fields])
  }

  end(): void {
    this.events.push(["end"])
  }
}

/** Pushes the bytes cut at the given places, pipelined messages too, then ends; an HttpParseError is an event. */
export function record<Head>(
  makeParser: (sink: MessageSink<Head>) => MessageParser,
  bytes: Uint8Array,
  cuts: readonly number[] = [],
): readonly MessageEvent[] {
  const sink = new MessageRecord<Head>()
  const parser = makeParser(sink)
  const places = [...cuts.map(cut => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b)
  let from = 0
  try {
    for (const to of places) {
      // A copy of its own for each piece, wiped afterwards: a parser may not hold on to what it was given.
      const piece = Uint8Array.from(bytes.subarray(from, to))
      for (let at = 0, taken = -1; at < piece.length && taken !== 0; at += taken) {
        taken = parser.push(piece.subarray(at))
      }
      piece.fill(0x58)
      from = to
    }
    parser.eof()
  } catch (error) {
    if (!(error instanceof HttpParseError)) throw error
    sink.events.push(["error", error.rule])
  }
  return sink.events
}

export function latin1(text: string): Buffer {
  return Buffer.from(text, "latin1")
}
