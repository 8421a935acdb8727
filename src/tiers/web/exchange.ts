import type { Socket } from "node:net"
import { encodeResponseHead, type RequestHead } from "../../http1/index.ts"
import { isBanyanError, messageOf } from "../../kit/errors.ts"
import { planAnswer } from "./answer-plan.ts"
import { answerHealth, appFailed, callApp, isResponse, notAResponse } from "./call-app.ts"
import type { Outlet } from "./outlet.ts"
import type { RequestBody } from "./request-body.ts"
import { requestFromHead, requestIdOf } from "./request-from-head.ts"
import { sendAnswer } from "./send-answer.ts"
import type { Site } from "./site.ts"
import { acceptWebSocket, handlerFailed, refuseHandshake } from "./upgrade.ts"
import type { WebSocketHandlers } from "./web.ts"
import { errorResponse, webError } from "./web-errors.ts"

/** What becomes of the connection. */
export type Outcome =
  | { readonly kind: "next" }
  | { readonly kind: "close" }
  | { readonly kind: "upgrade"; readonly accept: (socket: Socket, ahead: Buffer) => void }

/** One request and its answer. */
export class Exchange {
  readonly head: RequestHead
  readonly body: RequestBody
  readonly #site: Site
  readonly #abort = new AbortController()
  // biome-ignore lint/correctness/noUnusedPrivateClassMembers: kept alive, or the signal an app took from it stays silent
  #request: Request | undefined
  #begun = false

  constructor(head: RequestHead, body: RequestBody, site: Site) {
    this.head = head
    this.body = body
    this.#site = site
  }

  /** The answer's head is on its way: nothing else can be said any more. */
  get begun(): boolean {
    return this.#begun
  }

  /** Nobody waits for the answer any more, and nothing of the body comes. */
  clientGone(): void {
    if (this.#abort.signal.aborted) return
    const gone = new DOMException("The client has gone.", "AbortError")
    this.body.fail(gone)
    this.#abort.abort(gone)
  }

  /** Never rejects. `mayLive` is asked when the answer begins: may the connection serve another request behind it? */
  async serve(outlet: Outlet, mayLive: () => boolean): Promise<Outcome> {
    const health = answerHealth(this.head, this.#site)
    if (health !== undefined) return this.#answer(health, outlet, mayLive)
    this.#site.countRequest()
    const leave = this.#site.drain.enter()
    let outcome: Outcome = { kind: "close" }
    try {
      const result = await this.#ask()
      if (isResponse(result)) outcome = await this.#answer(result, outlet, mayLive)
      else if (!outlet.gone) outcome = { kind: "upgrade", accept: this.#acceptor(result, leave) }
    } finally {
      if (outcome.kind !== "upgrade") leave()
    }
    return outcome
  }

  /** What the app says: an answer, or handlers that accept a WebSocket. */
  async #ask(): Promise<Response | WebSocketHandlers> {
    const { head, body } = this
    const site = this.#site
    let request: Request
    try {
      request = requestFromHead(head, body, this.#abort.signal)
      this.#request = request
    } catch (error) {
      if (!isBanyanError(error)) return appFailed(error, head, site, this.#abort.signal.aborted)
      const { status } = webError.table[error.code as "BN2105" | "BN2106"]
      return errorResponse(status, error.code, error.message)
    }
    if (head.upgrade !== "websocket" || site.app.upgrade === undefined) return callApp(request, head, site)
    if (site.drain.overdue) return errorResponse(503, "BN2108", webError("BN2108", { id: site.id }).message)
    try {
      const result = refuseHandshake(head) ?? (await site.app.upgrade(request))
      return typeof result === "object" && result !== null ? result : notAResponse(result, head, site)
    } catch (error) {
      return appFailed(error, head, site, this.#abort.signal.aborted)
    }
  }

  async #answer(response: Response, outlet: Outlet, mayLive: () => boolean): Promise<Outcome> {
    const { head } = this
    const site = this.#site
    const askedBy = { method: head.method, minor: head.minor, keepAlive: head.keepAlive && mayLive() }
    const plan = await planAnswer(response, askedBy).catch(error => {
      const failed = appFailed(error, head, site, this.#abort.signal.aborted)
      return planAnswer(failed, askedBy)
    })
    if (outlet.gone || this.#abort.signal.aborted) {
      plan.rest?.cancel("the client has gone")
      return { kind: "close" }
    }
    this.#begun = true
    try {
      await sendAnswer(outlet, plan, site.date, site.drain)
    } catch (error) {
      this.#brokeOff(error)
      outlet.cut()
    }
    return { kind: plan.keepAlive && !outlet.gone ? "next" : "close" }
  }

  #brokeOff(error: unknown): void {
    const { method, target } = this.head
    const failure = webError("BN2103", { method, target, reason: messageOf(error) }, error)
    this.#site.countError()
    this.#site.log.error(
      { err: error, code: failure.code, requestId: requestIdOf(this.head) },
      failure.message,
    )
  }

  #acceptor(handlers: WebSocketHandlers, leave: () => void): (socket: Socket, ahead: Buffer) => void {
    const { head } = this
    const site = this.#site
    return (socket, ahead) => {
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
