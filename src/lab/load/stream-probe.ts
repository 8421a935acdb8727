import { connect, type Socket } from "node:net"
import { createResponseParser, encodeRequestHead, type Fields, type ResponseHead } from "../../http1/index.ts"
import type { LoadTarget } from "./load.ts"
import { authorityOf, describe } from "./load-connection.ts"

/**
 * How something long ended. `clean`: as its protocol ends it (last chunk, close frame, whole answer). `stopped`: by us.
 * `status`: it was answered, but not as wished. `cut`: the connection ended in order, the message did not.
 */
export type StreamEnd = "clean" | "stopped" | "status" | "refused" | "reset" | "cut" | "framing"

/** Plain data about one long-lived request. */
export type StreamReport = {
  readonly kind: "sse" | "websocket" | "upload"
  /** It was accepted: an event stream began, the handshake was done, the upload was answered. */
  readonly opened: boolean
  /** HTTP status; 0 without an answer. */
  readonly status: number
  /** Events or messages received. */
  readonly messages: number
  readonly heldMs: number
  readonly end: StreamEnd
  readonly detail: string
  /** WebSocket: code and reason of the close frame. 1001 is how a draining server says goodbye. */
  readonly closeCode?: number
  readonly closeReason?: string
  /** SSE: the last `retry:` hint. */
  readonly retryMs?: number
  /** Upload: bytes of body sent. */
  readonly bytesSent?: number
}

export type ProbeOptions = {
  readonly target: LoadTarget
  readonly path: string
  /** Cookie, Origin and the like; Host is added. */
  readonly fields?: Fields
}

export type ProbeRequest = ProbeOptions & {
  readonly method: string
  readonly onHead?: (head: ResponseHead) => void
  readonly onBody?: (chunk: Uint8Array) => void
}

/** One request on a connection of its own whose answer, or body, is streamed. */
export class StreamProbe {
  readonly #socket: Socket
  readonly #startMs = performance.now()
  #connected = false
  #ended: { end: StreamEnd; detail: string } | undefined
  #head: ResponseHead | undefined
  readonly #onEnd: Array<() => void> = []

  constructor(request: ProbeRequest) {
    const { target, method, path, fields = [] } = request
    const parser = createResponseParser({
      head: head => {
        this.#head = head
        if (head.status >= 200) request.onHead?.(head)
      },
      body: chunk => request.onBody?.(chunk),
      trailers: () => {},
      end: () => {
        if (this.status >= 200) this.#finish("clean", "")
      },
    })
    parser.expect(method)
    this.#socket = connect({ host: target.host, port: target.port, noDelay: true })
    this.#socket.on("connect", () => {
      this.#connected = true
    })
    this.#socket.on("data", bytes => this.#read(() => pushAll(parser.push.bind(parser), bytes)))
    this.#socket.on("end", () => {
      this.#read(() => parser.eof())
      this.#finish("cut", "ended before the answer did")
    })
    this.#socket.on("error", (error: NodeJS.ErrnoException) =>
      this.#finish(this.#connected ? "reset" : "refused", error.code ?? error.message),
    )
    this.#socket.on("close", () => this.#finish("cut", "closed"))
    this.write(encodeRequestHead({ method, target: path, fields: ["Host", authorityOf(target), ...fields] }))
  }

  get status(): number {
    return this.#head?.status ?? 0
  }

  get isOver(): boolean {
    return this.#ended !== undefined
  }

  write(bytes: Uint8Array): void {
    if (!this.isOver) this.#socket.write(bytes)
  }

  /** Ends it from our side. */
  stop(): void {
    this.#finish("stopped", "")
  }

  /** Resolves when it is over, with how; never rejects. */
  async finished(): Promise<{ end: StreamEnd; detail: string; status: number; heldMs: number }> {
    if (this.#ended === undefined) await new Promise<void>(resolve => this.#onEnd.push(resolve))
    const { end, detail } = this.#ended!
    return { end, detail, status: this.status, heldMs: Math.round(performance.now() - this.#startMs) }
  }

  #read(read: () => void): void {
    try {
      if (!this.isOver) read()
    } catch (error) {
      const rule = describe(error)
      this.#finish(rule === "cut-short" ? "cut" : "framing", rule)
    }
  }

  #finish(end: StreamEnd, detail: string): void {
    if (this.#ended !== undefined) return
    this.#ended = { end, detail }
    this.#socket.destroy()
    for (const resolve of this.#onEnd) resolve()
  }
}

function pushAll(push: (bytes: Uint8Array) => number, bytes: Uint8Array): void {
  for (let at = 0, taken = -1; at < bytes.length && taken !== 0; at += taken) taken = push(bytes.subarray(at))
}

/** Calls back at once or when the signal aborts. */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): void {
  if (signal?.aborted) callback()
  else signal?.addEventListener("abort", callback, { once: true })
}
