import type { Fields, RequestHead, ResponseHead } from "../../../http1/index.ts"
import type { Piece } from "../../../kit/node/shared-write.ts"
import type { AnswerSink, BackendConnection } from "../backend/backend-connection.ts"
import type { ClientAnswer, ExchangeClient, WaitsFor } from "../client/exchange-client.ts"
import type { EdgeContext } from "../edge-context.ts"
import { type Refusal, reasonOf, refusal } from "../edge-errors.ts"
import { AnswerRelay } from "./answer-relay.ts"
import { answeredHere } from "./answered-here.ts"
import { Attempts, type Seeker } from "./attempts.ts"
import { ExchangeRecord } from "./exchange-record.ts"
import { isWebSocket, requestLines } from "./request-fields.ts"
import { RequestRelay } from "./request-relay.ts"
import type { AttemptFailure } from "./retry-rules.ts"
import { Tunnel } from "./tunnel.ts"

/**
 * One request and its answer: finds a backend, relays both ways, sends again where that is safe.
 *
 * It is told of parsed pieces and then, once a read, that all at hand has been told (`...Pushed`): only then it writes.
 *
 *     new -> held -> trying -> answering -> over
 *             ^        | |
 *             +-retry--+ +---> tunnel ----> over
 *
 * `held` also while all backends are away. Every state may go to `over`. Its attempts hold a
 * connection in trying, answering and tunnel; there is an answer from answering on, and a tunnel from tunnel on.
 */
export class Exchange implements AnswerSink, Seeker {
  readonly #context: EdgeContext
  readonly #client: ExchangeClient
  readonly #head: RequestHead
  readonly #record: ExchangeRecord
  /** Takes the pieces of the request from the client's parser. */
  readonly request: RequestRelay
  readonly #attempts: Attempts
  #state: "new" | "held" | "trying" | "answering" | "tunnel" | "over" = "new"
  readonly #answer: AnswerRelay
  #tunnel: Tunnel | undefined
  /** The backend takes the request slower than it comes. */
  #backendFull = false

  constructor(context: EdgeContext, client: ExchangeClient, head: RequestHead) {
    this.#context = context
    this.#client = client
    this.#head = head
    this.#record = new ExchangeRecord(context, client.origin, head)
    this.#attempts = new Attempts(context, head, this.#record, this)
    this.#answer = new AnswerRelay(client, head, this.#record)
    this.request = new RequestRelay(head, requestLines(head, this.#record), context.limits)
  }

  get tunnel(): Tunnel | undefined {
    return this.#tunnel
  }

  get waitsFor(): WaitsFor {
    if (this.#answer.full) return "client-reading"
    if (this.#state === "held") return "backend-free"
    if (this.#state === "trying" && (this.request.ended || this.#backendFull)) return "answer-head"
    if (this.#state !== "tunnel" && !this.request.ended) return "request-body"
    return "nothing"
  }

  // --- told by the client's connection ---

  /** All pieces at hand have been given to `request`. */
  requestPushed(): void {
    const bytes = this.request.flush()
    if (this.#state === "new" && this.request.worthSending) this.#start()
    else if (bytes !== undefined) this.#send(bytes)
    if (this.request.full) this.#client.pause()
    this.#client.progressed()
  }

  requestMalformed(error: Refusal): void {
    this.#refuse(error)
  }

  clientWritable(): void {
    this.#answer.clientWritable()
    if (this.#tunnel !== undefined) this.#tunnel.clientWritable()
    else this.#attempts.connection?.resume()
    this.#client.progressed()
  }

  /** The client's connection has gone, or is given up. */
  clientGone(reason: string): void {
    if (this.#state === "over") return
    this.#attempts.end(false)
    this.#settle(this.#tunnel?.allSaid ? undefined : reason)
  }

  /** The front door leaves: what would go on for ever is ended as its protocol ends it. */
  endStream(): void {
    this.#tunnel?.leave()
    if (this.#state === "answering" && this.#answer.endStream()) this.answerPushed()
  }

  /** What it waits for has taken too long. */
  timedOut(): void {
    const { waitsFor } = this
    if (waitsFor === "answer-head") {
      this.#attempts.backend?.checkNow()
      this.#refuse(refusal("BN2017", { timeoutMs: this.#context.limits.backendTimeoutMs }))
    } else if (waitsFor === "request-body") this.#uploadTimedOut()
    else this.#abort(waitsFor === "client-reading" ? "the client stopped reading" : "the client had ended")
  }

  // --- told by its attempts ---

  granted(connection: BackendConnection): void {
    this.#state = "trying"
    if (this.request.ended) this.#attempts.asked()
    connection.begin(this, this.#head.method)
    this.#client.progressed()
  }

  waitedInVain(why: "no-backend" | "overload"): void {
    if (why === "overload") this.#refuse(refusal("BN2023"))
    else this.#refuse(refusal("BN2013", { waitedMs: this.#context.limits.holdTimeoutMs }))
  }

  // --- told by the backend's connection ---

  connected(): void {
    this.#client.resume()
    this.request.forgive(this.#context.coarseNowMs())
    this.#send(this.request.sendAll(this.#attempts.repeatable))
  }

  answerHead(answer: ResponseHead): void {
    if (answer.status === 101) this.#switchProtocols(answer)
    else if (answer.status < 200) this.#answer.interim(answer)
    else this.#beginAnswer(answer)
  }

  answerBody(bytes: Uint8Array): void {
    this.#answer.body(bytes)
  }

  answerTrailers(fields: Fields): void {
    this.#answer.trailers(fields)
  }

  answerEnd(): void {
    this.#answer.end()
  }

  answerPushed(): void {
    if (this.#state !== "answering") return
    const whole = this.#answer.flush()
    if (whole !== undefined) this.#finish(whole)
    else if (this.#answer.full) this.#attempts.connection?.pause()
    this.#client.progressed()
  }

  backendBytes(bytes: Uint8Array): void {
    this.#tunnel?.fromBackend(bytes)
    this.#client.progressed()
  }

  backendEnded(): void {
    this.#tunnel?.endOfBackend()
  }

  backendWritable(): void {
    this.#backendFull = false
    this.request.forgive(this.#context.coarseNowMs())
    this.#client.resume()
    this.#client.progressed()
  }

  attemptFailed(failure: AttemptFailure, answerBegun: boolean, reason: string): void {
    if (this.#tunnel !== undefined) this.#endTunnel(this.#tunnel)
    else if (this.#attempts.failed(failure, answerBegun, this.request.replayable)) this.#tryAgain()
    else if (failure === "malformed") this.#refuse(refusal("BN2016", { reason }))
    else if (failure === "closed") this.#refuse(refusal("BN2015", { reason }))
    else this.waitedInVain("no-backend")
  }

  backendSilent(connected: boolean): void {
    const failure = connected ? "silent" : "connect-failed"
    if (this.#attempts.abandon(failure, this.request.replayable)) this.#tryAgain()
  }

  // --- steps ---

  #uploadTimedOut(): void {
    const late = this.request.lateness(this.#context.coarseNowMs())
    if (late !== undefined) this.#refuse(late)
    else this.#client.progressed()
  }

  #start(): void {
    const told = answeredHere(this.#head, this.#record, this.#context)
    if (told !== undefined) this.#refuse(told)
    else this.#seek()
  }

  #seek(): void {
    this.#state = "held"
    if (!this.#attempts.seek()) this.#refuse(refusal("BN2014"))
  }

  #tryAgain(): void {
    this.#backendFull = false
    this.request.rewind()
    if (!this.request.full) this.#client.resume()
    this.#seek()
    this.#client.progressed()
  }

  #send(bytes: Piece): void {
    if (this.#attempts.connection?.write(bytes) !== false) return
    this.#backendFull = true
    this.#client.pause()
  }

  #beginAnswer(answer: ResponseHead): void {
    this.#state = "answering"
    this.request.forget()
    this.#answer.begin(answer, this.#mustClose)
    this.#attempts.answered(this.#record.answer(answer.status))
    this.#client.progressed()
  }

  #switchProtocols(answer: ResponseHead): void {
    const { connection } = this.#attempts
    if (connection === undefined) return
    if (!isWebSocket(this.#head)) {
      this.#refuse(refusal("BN2016", { reason: "it switched protocols without being asked" }))
      return
    }
    this.#state = "tunnel"
    this.request.forget()
    this.#attempts.answered(this.#record.answer(101))
    this.#tunnel = new Tunnel(this.#client, connection)
    this.#answer.switching(answer)
    this.#client.switched()
  }

  #endTunnel(tunnel: Tunnel): void {
    this.#settle(tunnel.allSaid ? undefined : "the backend dropped the tunnel")
    if (tunnel.allSaid) this.#client.finished(false)
    else this.#client.abort()
  }

  #finish(answer: ClientAnswer): void {
    this.#settle()
    this.#attempts.end(answer.backendKeepsAlive && this.request.ended)
    this.#client.finished(!answer.close)
  }

  /** Answers in the backend's place, or ends the connection when an answer has begun. */
  #refuse(told: Refusal): void {
    if (this.#state === "over") return
    if (this.#record.answered) {
      this.#abort(told.message)
      return
    }
    this.#attempts.end(false)
    const how = this.#record.refuse(told, this.#mustClose)
    this.#settle(reasonOf(told), false)
    this.#client.answerRefusal(told, how)
    this.#client.finished(!how.close)
  }

  #abort(reason: string): void {
    this.clientGone(reason)
    this.#client.abort()
  }

  /** Decided when the head of the answer is written: where the request is not whole yet, it may never be. */
  get #mustClose(): boolean {
    return !this.request.ended || !this.#head.keepAlive || this.#client.closing
  }

  #settle(error?: string, aborted = error !== undefined && this.#tunnel === undefined): void {
    this.#state = "over"
    this.#record.settle({
      bytesIn: this.request.bodyBytes + (this.#tunnel?.bytesIn ?? 0),
      bytesOut: this.#answer.bodyBytes + (this.#tunnel?.bytesOut ?? 0),
      attempts: this.#attempts,
      aborted,
      error,
    })
  }
}
