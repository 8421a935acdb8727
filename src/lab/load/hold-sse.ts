import { fieldValue } from "../../http1/index.ts"
import { onAbort, type ProbeOptions, StreamProbe, type StreamReport } from "./stream-probe.ts"

/** Opens an event stream and holds it until the server ends it or the signal does. Never rejects. */
export async function holdSse(
  options: ProbeOptions & { readonly onEvent?: (data: string) => void; readonly onOpen?: () => void },
  signal?: AbortSignal,
): Promise<StreamReport> {
  const events = new EventStreamReader(options.onEvent)
  let opened = false
  const probe = new StreamProbe({
    ...options,
    method: "GET",
    fields: ["Accept", "text/event-stream", ...(options.fields ?? [])],
    onHead: head => {
      opened =
        head.status === 200 &&
        fieldValue(head.fields, "content-type")?.startsWith("text/event-stream") === true
      if (opened) options.onOpen?.()
    },
    onBody: chunk => events.push(chunk),
  })
  onAbort(signal, () => probe.stop())
  const { end, detail, status, heldMs } = await probe.finished()
  return {
    kind: "sse",
    opened,
    status,
    messages: events.count,
    heldMs,
    end: end === "clean" && !opened ? "status" : end,
    detail,
    ...(events.retryMs === undefined ? {} : { retryMs: events.retryMs }),
  }
}

/** Reads the text/event-stream format (HTML standard, section 9.2.6) as far as a probe needs it. */
class EventStreamReader {
  readonly #decoder = new TextDecoder()
  readonly #onEvent: ((data: string) => void) | undefined
  #rest = ""
  #data: string[] = []
  count = 0
  retryMs: number | undefined

  constructor(onEvent: ((data: string) => void) | undefined) {
    this.#onEvent = onEvent
  }

  push(chunk: Uint8Array): void {
    const lines = (this.#rest + this.#decoder.decode(chunk, { stream: true })).split(/\r?\n/)
    this.#rest = lines.pop()!
    for (const line of lines) this.#line(line)
  }

  #line(line: string): void {
    if (line === "" && this.#data.length > 0) {
      this.count++
      this.#onEvent?.(this.#data.join("\n"))
      this.#data = []
    }
    const [, name, value = ""] = /^([a-z]+)(?:: ?(.*))?$/.exec(line) ?? []
    if (name === "data") this.#data.push(value)
    if (name === "retry" && /^\d+$/.test(value)) this.retryMs = Number(value)
  }
}
