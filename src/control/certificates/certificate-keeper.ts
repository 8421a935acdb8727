import type { Clock } from "../../kit/clock.ts"
import { isBanyanError, messageOf } from "../../kit/errors.ts"
import type { Random } from "../../kit/random.ts"
import type { Log } from "../../telemetry/log.ts"
import type { CertificateOrderView } from "../../wire/admin.ts"
import type { Challenge } from "../../wire/map.ts"
import { controlError } from "../control-errors.ts"
import { orderBegun, orderDueAtMs, orderFailed, orderInherited, orderIssued } from "../plan/renewal.ts"
import type { CertificateAuthority } from "./certificate-authority.ts"
import type { KeptHistory, OrderHistoryStore } from "./order-history.ts"

export type CertificateKeeperOptions = {
  readonly authority: CertificateAuthority
  readonly history: OrderHistoryStore
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  /** Gives every front door what to answer; resolves when they have it. */
  readonly publish: (challenges: readonly Challenge[]) => Promise<void>
  /** Whether there is a front door that can answer. */
  readonly canAnswer: () => boolean
  readonly onChange: (view: CertificateOrderView) => void
}

/** A wait is looked at anew after this: clocks are set, machines sleep. */
const longestLookMs = 10 * 60_000
const whileClosedMs = 1_000

/**
 * Orders the certificate when `plan/renewal.ts` says so. It knows no other state than the certificate that is there and the
 * history, both on disk: whoever takes over goes on. A failure is told and tried again, and disturbs nothing.
 */
export class CertificateKeeper {
  readonly #options: CertificateKeeperOptions
  readonly #stop = new AbortController()
  #history: KeptHistory
  #isOrdering = false
  #isWished = false
  #cancel = () => {}

  constructor(options: CertificateKeeperOptions) {
    this.#options = options
    this.#history = options.history.read()
  }

  /**
   * What an earlier control plane has left in the map goes, but for an order that is gone on with: the authority may be asking
   * for it at this moment, and what it does not find is a refusal.
   */
  async start(): Promise<void> {
    const { underWay } = this.#history
    this.#history = { ...this.#history, ...orderInherited(this.#history) }
    if (!underWay) await this.#withdraw()
    this.#look()
  }

  stop(): void {
    this.#stop.abort()
    this.#cancel()
  }

  get view(): CertificateOrderView {
    const { authority } = this.#options
    const { lastAtMs, problem } = this.#history
    const life = authority.life()
    return {
      domains: [...authority.domains],
      directoryUrl: authority.directoryUrl,
      state: this.#isOrdering ? "ordering" : "waiting",
      nextAtMs: this.#dueAtMs,
      ...(life && { notAfterMs: life.notAfterMs }),
      ...(lastAtMs > 0 && { lastAtMs }),
      ...(problem && { problem }),
    }
  }

  /** Orders one now, whatever the back-off says. Throws BN1341 while one is under way. */
  renew(): CertificateOrderView {
    if (this.#isOrdering) throw controlError("BN1341")
    this.#isWished = true
    this.#look()
    return this.view
  }

  get #dueAtMs(): number {
    const { authority, clock } = this.#options
    const nowMs = clock.nowMs()
    return this.#isWished ? nowMs : orderDueAtMs(authority.domains, authority.life(), this.#history, nowMs)
  }

  #look(): void {
    const { clock, canAnswer } = this.#options
    if (this.#isOrdering || this.#stop.signal.aborted) return
    const waitMs = this.#dueAtMs - clock.nowMs()
    this.#cancel()
    if (waitMs <= 0 && canAnswer()) void this.#order()
    else
      this.#cancel = clock.after(waitMs <= 0 ? whileClosedMs : Math.min(waitMs, longestLookMs), () =>
        this.#look(),
      )
  }

  async #order(): Promise<void> {
    const { authority, publish, clock, random, log } = this.#options
    const { signal } = this.#stop
    this.#isWished = false
    this.#isOrdering = true
    try {
      // Before anything is asked: who dies on the way must not ask as if for the first time.
      this.#keep(orderBegun(this.#history, clock.nowMs(), random()))
      this.#tell()
      log.info({ domains: authority.domains, authority: authority.directoryUrl }, "ordering a certificate")
      await authority.order(publish, signal)
      if (signal.aborted) return
      this.#keep(orderIssued(this.#history, clock.nowMs()))
      log.info({ domains: authority.domains }, "a new certificate is there; front doors take it over")
    } catch (error) {
      if (signal.aborted) return
      this.#fail(error)
    } finally {
      if (!signal.aborted) await this.#withdraw()
      this.#isOrdering = false
      this.#tell()
      this.#look()
    }
  }

  #fail(thrown: unknown): void {
    const { clock, log } = this.#options
    const error = isBanyanError(thrown)
      ? thrown
      : controlError("BN1342", { reason: messageOf(thrown) }, thrown)
    const { code, message, todo, details } = error
    log.error({ err: error, code, todo }, `${message}; what was served is served on`)
    const failed = orderFailed(this.#history, clock.nowMs(), Number(details["retryAfterMs"] ?? 0))
    try {
      this.#keep({ ...failed, problem: { code, message, todo } })
    } catch (worse) {
      log.error({ err: worse }, `the history of orders could not be written: ${messageOf(worse)}`)
    }
  }

  #keep(history: KeptHistory): void {
    this.#history = history
    this.#options.history.write(history)
  }

  async #withdraw(): Promise<void> {
    const { publish, log } = this.#options
    await publish([]).catch(error =>
      log.error({ err: error }, `challenges stay in the map: ${messageOf(error)}`),
    )
  }

  #tell(): void {
    if (!this.#stop.signal.aborted) this.#options.onChange(this.view)
  }
}
