import type { Socket } from "node:net"
import { encodeResponseHead, type RequestHead } from "../../http1/index.ts"
import { isBanyanError, messageOf } from "../../kit/errors.ts"
import { type AskedBy, planAnswer } from "./answer-plan.ts"
import { type AppCall, answerHealth, appFailed, callApp, isResponse, notAResponse } from "./call-app.ts"
import { ClientSignal } from "./fetch/client-signal.ts"
import type { Outlet } from "./outlet.ts"
import { plainAnswer } from "./plain-answer.ts"
import type { RequestBody } from "./request-body.ts"
import { requestFromHead, requestIdOf } from "./request-from-head.ts"
import { sendAnswer } from "./send-answer.ts"
import type { Site } from "./site.ts"
import { acceptWebSocket, handlerFailed, refuseHandshake } from "./upgrade.ts"
import type { HostedApp, WebSocketHandlers } from "./web.ts"
import { errorResponse, webError } from "./web-errors.ts"
import type { TracedRequest } from "./web-traces.ts"

/** What becomes of the connection. */
export type Outcome =
  | { readonly kind: "next" }
  | { readonly kind: "close" }
  | { readonly kind: "upgrade"; readonly accept: (socket: Socket, ahead: Buffer) => void }

type Asked = Response | Promise<Response | WebSocketHandlers>

const lives: Outcome = { kind: "next" }
const ends: Outcome = { kind: "close" }

/** A Response of the app's own making may throw when it is looked at; who plans it finds the same, and says so. */
function piecesOf(...given: Parameters<typeof plainAnswer>): ReturnType<typeof plainAnswer> {
  try {
    return plainAnswer(...given)
  } catch {
    return undefined
  }
}

/** Behind an answer that was given. */
function outcomeOf({ keepAlive }: { readonly keepAlive: boolean }, outlet: Outlet): Outcome {
  return keepAlive && !outlet.gone ? lives : ends
}

/** One request and its answer. */
export class Exchange implements AppCall {
  readonly head: RequestHead
  /** Undefined: the request has none. */
  readonly body: RequestBody | undefined
  readonly site: Site
  readonly client = new ClientSignal()
  #traced: TracedRequest | undefined
  #begun = false
  #written = false

  constructor(head: RequestHead, body: RequestBody | undefined, site: Site) {
    this.head = head
    this.body = body
    this.site = site
  }

  get traced(): TracedRequest | undefined {
    return this.#traced
  }

  /** The answer's head is on its way: nothing else can be said any more. */
  get begun(): boolean {
    return this.#begun
  }

  /** Nothing of the answer is left to write; the kernel may not have taken all of it yet. */
  get written(): boolean {
    return this.#written
  }

  /** Nobody waits for the answer any more, and nothing of the body comes. */
  clientGone(): void {
    if (this.client.gone) return
    const gone = new DOMException("The client has gone.", "AbortError")
    this.body?.fail(gone)
    this.client.leave(gone)
  }

  /**
   * Never rejects; tells at once what needs no waiting. An answer is outstanding until the kernel has taken its last
   * byte: a slow reader of a large one is not cut by a drain. `mayLive` is asked when the answer begins: may the connection
   * serve another request behind it?
   */
  serve(outlet: Outlet, mayLive: () => boolean): Outcome | Promise<Outcome> {
    const health = answerHealth(this.head, this.site)
    if (health !== undefined) {
      return this.#answerAtOnce(health, outlet, mayLive) ?? this.#answer(health, outlet, mayLive)
    }
    this.site.countRequest()
    const leave = this.#enter()
    const result = this.#traced === undefined ? this.#ask() : this.#traced.run(() => this.#ask())
    const outcome = isResponse(result) ? this.#answerAtOnce(result, outlet, mayLive) : undefined
    if (outcome === undefined) return this.#serveOn(result, outlet, mayLive, leave)
    if (outcome instanceof Promise) return outcome.finally(leave)
    leave()
    return outcome
  }

  /** From here it is outstanding; what is returned says that it is over. */
  #enter(): () => void {
    const leave = this.site.drain.enter()
    const traced = this.site.traced?.begin(this.head)
    if (traced === undefined) return leave
    this.#traced = traced
    return () => {
      traced.end()
      leave()
    }
  }

  async #serveOn(asked: Asked, outlet: Outlet, mayLive: () => boolean, leave: () => void): Promise<Outcome> {
    let outcome: Outcome = ends
    try {
      const result = await asked
      if (isResponse(result))
        outcome = await (this.#answerAtOnce(result, outlet, mayLive) ?? this.#answer(result, outlet, mayLive))
      else if (!outlet.gone) outcome = { kind: "upgrade", accept: this.#acceptor(result, leave) }
    } finally {
      if (outcome.kind !== "upgrade") leave()
    }
    return outcome
  }

  /** What the app says: an answer, or handlers that accept a WebSocket. */
  #ask(): Asked {
    const { head, body, site } = this
    let request: Request
    try {
      request = requestFromHead(head, body, this.client)
    } catch (error) {
      if (!isBanyanError(error)) return appFailed(error, this)
      const { status } = webError.table[error.code as "BN2105" | "BN2106"]
      return errorResponse(status, error.code, error.message)
    }
    if (head.upgrade !== "websocket" || site.app.upgrade === undefined) return callApp(request, this)
    if (site.drain.overdue) return errorResponse(503, "BN2108", webError("BN2108", { id: site.id }).message)
    return refuseHandshake(head) ?? this.#askForSocket(request, site.app.upgrade)
  }

  async #askForSocket(
    request: Request,
    upgrade: NonNullable<HostedApp["upgrade"]>,
  ): Promise<Response | WebSocketHandlers> {
    try {
      const result = await upgrade.call(this.site.app, request)
      return typeof result === "object" && result !== null ? result : notAResponse(result, this)
    } catch (error) {
      return appFailed(error, this)
    }
  }

  #askedBy(mayLive: () => boolean): AskedBy {
    const { method, minor, keepAlive } = this.head
    return { method, minor, keepAlive: keepAlive && mayLive() }
  }

  /** Head and body in one write, when the body is there; undefined when there is more to it. */
  #answerAtOnce(
    response: Response,
    outlet: Outlet,
    mayLive: () => boolean,
  ): Outcome | Promise<Outcome> | undefined {
    if (outlet.gone || this.client.gone) return undefined
    const askedBy = this.#askedBy(mayLive)
    const pieces = piecesOf(response, askedBy, this.site.date)
    if (pieces === undefined) return undefined
    this.#begun = true
    this.#traced?.answered(response.status)
    outlet.write(...pieces)
    this.#written = true
    if (outlet.unsent) return outlet.flushed().then(() => outcomeOf(askedBy, outlet))
    return outcomeOf(askedBy, outlet)
  }

  async #answer(response: Response, outlet: Outlet, mayLive: () => boolean): Promise<Outcome> {
    const { site } = this
    const askedBy = this.#askedBy(mayLive)
    const plan = await planAnswer(response, askedBy).catch(error =>
      planAnswer(appFailed(error, this), askedBy),
    )
    if (outlet.gone || this.client.gone) {
      plan.rest?.cancel("the client has gone")
      return ends
    }
    this.#begun = true
    this.#traced?.answered(plan.status)
    try {
      await sendAnswer(outlet, plan, site.date, site.drain)
      this.#written = true
      await outlet.flushed()
    } catch (error) {
      this.#brokeOff(error)
      outlet.cut()
    }
    return outcomeOf(plan, outlet)
  }

  #brokeOff(error: unknown): void {
    const { method, target } = this.head
    const failure = webError("BN2103", { method, target, reason: messageOf(error) }, error)
    this.#traced?.fail(failure.code)
    this.site.countError()
    this.site.log.error(
      { err: error, code: failure.code, requestId: requestIdOf(this.head) },
      failure.message,
    )
  }

  #acceptor(handlers: WebSocketHandlers, leave: () => void): (socket: Socket, ahead: Buffer) => void {
    const { head, site } = this
    return (socket, ahead) => {
      this.#traced?.answered(101)
      this.#traced?.end()
      let release = () => {}
      const accepted = acceptWebSocket(socket, head, ahead, handlers, {
        onClose() {
          release()
          leave()
        },
        onError(error, handler) {
          const { code, message } = handlerFailed(error, handler, head.target)
          site.countError()
          site.log.error({ err: error, code, requestId: requestIdOf(head) }, message)
        },
      })
      release = site.drain.hold({ endGently: () => accepted.leave(), cut: () => accepted.cut() })
    }
  }

  /** The whole answer to something that never became a request, as bytes. */
  static refusal(status: number, error: { code: string; message: string }, date: string): Buffer {
    const body = JSON.stringify({ error: { code: error.code, message: error.message } })
    const fields = ["content-type", "application/json", "content-length", String(Buffer.byteLength(body))]
    const head = encodeResponseHead({ status, fields: [...fields, "date", date, "connection", "close"] })
    return Buffer.concat([head, Buffer.from(body)])
  }
}
