import type { RequestHead } from "../../../http1/index.ts"
import type { Backend } from "../backend/backend.ts"
import type { BackendConnection } from "../backend/backend-connection.ts"
import type { Waiter } from "../backend/backend-set.ts"
import type { Track } from "../canary/place.ts"
import type { EdgeContext } from "../edge-context.ts"
import type { ExchangeRecord } from "./exchange-record.ts"
import { isRepeatable } from "./repeatable.ts"
import { type AttemptFailure, retryDecision } from "./retry-rules.ts"

/** Who wants a request answered. */
export interface Seeker {
  granted(connection: BackendConnection): void
  waitedInVain(why: "no-backend" | "overload"): void
}

const none: readonly string[] = []

/** A try of a backend, or waiting for one in vain. Monotonic times. */
export type Try = {
  /** It stood in the queue since then; undefined: it was given a connection at once. */
  readonly queuedMs: number | undefined
  /** Undefined: it never had a connection. */
  readonly grantedMs: number | undefined
  readonly endedMs: number
  readonly backend: string
  readonly failure?: AttemptFailure
}

/** The attempts to have one request answered: one connection at a time, each try elsewhere if possible. */
export class Attempts implements Waiter {
  tried: readonly string[] = none
  readonly #context: EdgeContext
  readonly #head: RequestHead
  readonly #record: Pick<ExchangeRecord, "startedMs" | "seat">
  readonly #seeker: Seeker
  #connection: BackendConnection | undefined
  #backend: Backend | undefined
  #waiting = false
  #replays = 0
  /** While it is counted among those that wait for an answer's head. */
  #askedMs: number | undefined
  #waitUntilMs: number | undefined
  #queuedMs: number | undefined
  #grantedMs: number | undefined
  /** Made with the first one that fails. */
  #failedTries: Try[] | undefined

  constructor(
    context: EdgeContext,
    head: RequestHead,
    record: Pick<ExchangeRecord, "startedMs" | "seat">,
    seeker: Seeker,
  ) {
    this.#context = context
    this.#head = head
    this.#record = record
    this.#seeker = seeker
  }

  /** That of the attempt under way. */
  get connection(): BackendConnection | undefined {
    return this.#connection
  }

  /** That of the last attempt. */
  get backend(): Backend | undefined {
    return this.#backend
  }

  get waitUntilMs(): number {
    // Its body may have taken its time before.
    this.#waitUntilMs ??=
      Math.max(this.#record.startedMs, this.#context.coarseNowMs()) + this.#context.limits.holdTimeoutMs
    return this.#waitUntilMs
  }

  get track(): Track | undefined {
    return this.#record.seat?.track
  }

  /** It may be sent again after the attempt under way. */
  get repeatable(): boolean {
    return this.#backend !== undefined && isRepeatable(this.#head, this.#backend)
  }

  fits(backend: Backend): boolean {
    return this.#replays === 0 || isRepeatable(this.#head, backend)
  }

  /** Asks for a connection, which is granted now or later; false when too many wait already. */
  seek(): boolean {
    this.#waiting = true
    this.#grantedMs = undefined
    const isServed = this.#context.backends.acquire(this)
    this.#queuedMs = this.#waiting ? this.#context.clock.monotonicMs() : undefined
    return isServed
  }

  /** All that were, of which the last ends now: in vain, or with the answer. */
  tries(endedMs: number): readonly Try[] {
    const last = this.#tryUntil(endedMs)
    return last === undefined ? (this.#failedTries ?? []) : [...(this.#failedTries ?? []), last]
  }

  granted(backend: Backend, connection: BackendConnection): void {
    this.#waiting = false
    this.#backend = backend
    this.#connection = connection
    this.#grantedMs = this.#context.clock.monotonicMs()
    this.#seeker.granted(connection)
  }

  waitedInVain(why: "no-backend" | "overload"): void {
    this.#waiting = false
    this.#seeker.waitedInVain(why)
  }

  /** The request is whole and with a backend: its answer's time counts from here. */
  asked(): void {
    this.#askedMs = this.#grantedMs
    this.#backend?.asked()
  }

  answered(nowMs: number): void {
    const { backend } = this
    if (backend === undefined) return
    if (this.#askedMs !== undefined) backend.headCame(this.#askedMs, nowMs)
    this.#askedMs = undefined
    backend.note("answered")
  }

  /** The attempt under way failed: true when another one may follow. */
  failed(failure: AttemptFailure, answerBegun: boolean, replayable: boolean): boolean {
    this.#connection = undefined
    this.#gaveUp()
    this.#backend?.note(failure === "connect-failed" ? "connect-failed" : "dropped")
    return this.#mayFollow(failure, answerBegun, replayable)
  }

  /** Gives up the attempt under way, which had no answer yet, if another one may follow; else it waits on. */
  abandon(failure: "connect-failed" | "silent", replayable: boolean): boolean {
    if (!this.#mayFollow(failure, false, replayable)) return false
    this.#gaveUp()
    this.#connection?.finish(false)
    this.#connection = undefined
    return true
  }

  /** No more are wanted. `reusable`: the connection may serve the next request. */
  end(reusable: boolean): void {
    if (this.#waiting) this.#context.backends.leave(this)
    this.#waiting = false
    this.#gaveUp()
    const connection = this.#connection
    this.#connection = undefined
    connection?.finish(reusable)
  }

  #tryUntil(endedMs: number): Try | undefined {
    const grantedMs = this.#grantedMs
    const queuedMs = this.#queuedMs
    if (grantedMs === undefined && queuedMs === undefined) return undefined
    return { queuedMs, grantedMs, endedMs, backend: this.#backend?.id ?? "" }
  }

  #noteFailed(failure: AttemptFailure, nowMs: number): void {
    const failed = this.#tryUntil(nowMs)
    this.#failedTries ??= []
    if (failed !== undefined) this.#failedTries.push({ ...failed, failure })
    this.#grantedMs = undefined
    this.#queuedMs = undefined
  }

  #gaveUp(): void {
    if (this.#askedMs !== undefined) this.#backend?.gaveUp()
    this.#askedMs = undefined
  }

  #mayFollow(failure: AttemptFailure, answerBegun: boolean, replayable: boolean): boolean {
    const { budget, clock, counters, canary } = this.#context
    const { repeatable } = this
    const decision = retryDecision({ failure, repeatable, answerBegun, replayable, replays: this.#replays })
    const nowMs = clock.monotonicMs()
    if (decision === "give-up" || (decision === "seek" && nowMs >= this.waitUntilMs)) return false
    if (decision === "replay") {
      if (!budget.spend(nowMs)) return false
      this.#replays++
    }
    counters.retries++
    if (this.#backend === undefined) return true
    this.tried = [...this.tried, this.#backend.id]
    this.#noteFailed(failure, nowMs)
    if (this.#record.seat !== undefined) canary.retried(this.#record.seat, this.#backend.entry)
    return true
  }
}
