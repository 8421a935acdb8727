import {
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type OutgoingHttpHeaders,
} from "node:http2"
import type { Fields } from "../../http1/index.ts"
import type { Deadlines, Expiring } from "./deadlines.ts"
import { isGoodStatus, type LoadRequest } from "./load.ts"
import type { ExchangeResult, LoadPlace } from "./load-pool.ts"
import type { LoadSession } from "./load-session.ts"

type ResponseHead = IncomingHttpHeaders & IncomingHttpStatusHeader

/** One request on an HTTP/2 connection that carries others beside it. */
export class LoadStream implements LoadPlace, Expiring {
  readonly session: LoadSession
  readonly sent: number
  readonly #deadlines: Deadlines
  #settle: ((result: ExchangeResult) => void) | undefined
  #stream: ClientHttp2Stream | undefined
  #head: ResponseHead | undefined
  #keepsBody = false
  readonly #chunks: Buffer[] = []
  #ended = false

  constructor(session: LoadSession, nth: number, deadlines: Deadlines) {
    this.session = session
    this.sent = nth
    this.#deadlines = deadlines
  }

  get begunMs(): number {
    return this.session.begunMs
  }

  exchange(request: LoadRequest, deadlineMs: number, settle: (result: ExchangeResult) => void): void {
    this.#settle = settle
    this.#deadlines.add(this, deadlineMs)
    const { method, target, fields = [], body } = request
    const head = { ":method": method, ":path": target, ...headersOf(fields) }
    const stream = this.session.request(head, body === undefined)
    this.#stream = stream
    stream.on("response", answer => {
      this.#head = answer
      this.#keepsBody = request.onAnswer !== undefined || !isGoodStatus(request, answer[":status"] ?? 0)
    })
    stream.on("data", chunk => {
      if (this.#keepsBody) this.#chunks.push(chunk)
    })
    stream.on("end", () => {
      this.#ended = true
    })
    // What is wrong is told by what its close finds.
    stream.on("error", () => {})
    stream.once("close", () => this.#finish(this.#result(stream)))
    if (body !== undefined) stream.end(body)
  }

  expire(): void {
    this.#fail("timeout", "no whole answer in time")
    this.#stream?.destroy()
  }

  #result({ id, rstCode }: ClientHttp2Stream): ExchangeResult {
    const head = this.#head
    if (head !== undefined && this.#ended && rstCode === constants.NGHTTP2_NO_ERROR) {
      const answer = {
        status: head[":status"] ?? 0,
        fields: fieldsOf(head),
        body: Buffer.concat(this.#chunks),
      }
      return { kind: "answer", answer }
    }
    const { kind, detail } = this.session.whyLost(id, rstCode ?? constants.NGHTTP2_NO_ERROR)
    return { kind, detail, answerBegan: head !== undefined }
  }

  #fail(kind: "timeout", detail: string): void {
    this.#finish({ kind, detail, answerBegan: this.#head !== undefined })
  }

  #finish(result: ExchangeResult): void {
    const settle = this.#settle
    if (settle === undefined) return
    this.#settle = undefined
    this.#deadlines.delete(this)
    settle(result)
  }
}

function headersOf(fields: Fields): OutgoingHttpHeaders {
  const headers: Record<string, string[]> = {}
  for (let at = 0; at < fields.length; at += 2)
    (headers[fields[at]!.toLowerCase()] ??= []).push(fields[at + 1]!)
  return headers
}

function fieldsOf(head: ResponseHead): Fields {
  return Object.entries(head).flatMap(([name, value]) =>
    name.startsWith(":") || value === undefined ? [] : [value].flat().flatMap(each => [name, String(each)]),
  )
}
