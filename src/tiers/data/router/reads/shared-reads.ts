import { AsyncLocalStorage } from "node:async_hooks"
import type { Clock } from "../../../../kit/clock.ts"
import { isBanyanError } from "../../../../kit/errors.ts"
import { errorWords } from "../../../../telemetry/spans/error-words.ts"
import { activeSpan } from "../../../../telemetry/spans/recorded-span.ts"
import { lostWork } from "../../postgres/lost-work.ts"
import type { PostgresPool } from "../../postgres/pool.ts"
import type { PooledClient } from "../../postgres/pooled-client.ts"
import { isOutdated, type Part, type PartResult } from "../statements/exchange.ts"
import { sendGroups } from "../statements/send-groups.ts"
import type { Statement } from "../statements/statement.ts"
import { fitInto, learnTimes } from "./reading-time.ts"
import { type Answer, type Asks, sendTogether } from "./send-together.ts"

/** Whoever takes longer travels alone: nobody is to wait behind it. */
const quickMs = 2
/** Nor behind many. */
const companyMs = 4
const mostInCompany = 16
/** More of them at once gain nothing: one connection serves thousands of quick reads a second. */
const mostUnderWay = 3
/** A server that is slower than it was holds nobody back for longer. */
const mostWaitMs = 5

type Traveller = {
  readonly part: Part
  readonly asks: Asks
  readonly answer: (answer: Answer | undefined) => void
  readonly fail: (error: unknown) => void
}

/** Whoever's turn it was: what is sent for many is nobody's request. */
const inNobodysName = AsyncLocalStorage.snapshot()

/**
 * Reads by themselves at one server. Those of many users that come in one turn, or while others are under way, travel as
 * one packet on one connection, and where the server is to say how far it has come it says so once for all of them; each
 * still is a transaction of its own and fails alone. A read that takes long, by what is known of it, travels alone.
 */
export class SharedReads {
  readonly #pool: PostgresPool
  readonly #place: Part
  readonly #nameOf: () => string
  readonly #clock: Clock
  #waiting: Traveller[] = []
  #underWay = 0
  #outstanding = 0
  #isDue = false
  #isTimed = false

  /** `place` is what a server is asked that is to say how far it has come. */
  constructor(pool: PostgresPool, place: Part, nameOf: () => string, clock: Clock) {
    this.#pool = pool
    this.#place = place
    this.#nameOf = nameOf
    this.#clock = clock
  }

  /** Rejects like the pool, with BN2203, or with the server's error. */
  async read(part: Part, asks: Asks): Promise<Answer> {
    const { statement } = part
    this.#outstanding++
    try {
      if ((statement.tookMs ?? quickMs) < quickMs) {
        const answer = await this.#inCompany(part, asks)
        if (answer !== undefined) return answer
      }
      return await this.#alone(part, asks)
    } finally {
      this.#outstanding--
    }
  }

  async #alone(part: Part, asks: Asks): Promise<Answer> {
    const client = this.#pool.take() ?? (await this.#pool.connect().catch(neverSent))
    try {
      const startedMs = this.#clock.monotonicMs()
      const group = asks.after ? [part, this.#place] : [part]
      const groups = asks.before ? [[this.#place], group] : [group]
      const results = await sendGroups(client, part.statement.text, groups)
      learnTimes([part.statement], this.#clock.monotonicMs() - startedMs, this.#outstanding - 1)
      const [result, after] = results.at(-1) as [PartResult, PartResult?]
      return { before: asks.before ? results[0]?.[0] : undefined, result, after }
    } finally {
      client.release()
    }
  }

  /** Undefined: no connection was free, or the server wants it parsed anew. */
  async #inCompany(part: Part, asks: Asks): Promise<Answer | undefined> {
    const span = activeSpan()?.child("query", { sql: part.statement.text, server: this.#nameOf() })
    try {
      return await new Promise((answer, fail) => {
        this.#waiting.push({ part, asks, answer, fail })
        this.#soon()
      })
    } catch (error) {
      if (isOutdated(error)) return undefined
      span?.fail(errorWords(error))
      throw error
    } finally {
      span?.end()
    }
  }

  /** Once all that the sockets brought in this turn was looked at, or when others are back. */
  #soon(): void {
    if (this.#isDue) return
    if (this.#underWay < mostUnderWay) {
      this.#isDue = true
      inNobodysName(() => setImmediate(() => this.#depart(mostUnderWay)))
    } else this.#atLast()
  }

  #atLast(): void {
    if (this.#isTimed) return
    this.#isTimed = true
    inNobodysName(() =>
      this.#clock.after(mostWaitMs, () => {
        this.#isTimed = false
        this.#depart(Number.POSITIVE_INFINITY)
      }),
    )
  }

  #depart(most: number): void {
    this.#isDue = false
    while (this.#waiting.length > 0 && this.#underWay < most) {
      const parts = this.#waiting.map(({ part }) => part)
      const count = fitInto(companyMs, mostInCompany, parts.map(statementOf))
      const company = this.#waiting.splice(0, count)
      const client = this.#pool.take()
      // Whoever has to wait waits at the gate, which is bounded.
      if (client === undefined) for (const { answer } of company) answer(undefined)
      else void this.#travel(client, company)
    }
    if (this.#waiting.length > 0) this.#atLast()
  }

  async #travel(client: PooledClient, company: readonly Traveller[]): Promise<void> {
    const besides = this.#underWay++
    const startedMs = this.#clock.monotonicMs()
    const parts = company.map(({ part }) => part)
    const before = company.some(({ asks }) => asks.before)
    const after = company.some(({ asks }) => asks.after)
    const { outcomes, lost } = await sendTogether(client, parts, this.#place, { before, after })
    client.release()
    this.#underWay--
    if (!lost) learnTimes(parts.map(statementOf), this.#clock.monotonicMs() - startedMs, besides)
    company.forEach(({ answer, fail }, at) => {
      const outcome = outcomes[at] as (typeof outcomes)[number]
      if ("error" in outcome) fail(outcome.error)
      else answer(outcome)
    })
    if (this.#waiting.length > 0) this.#soon()
  }
}

function statementOf({ statement }: Part): Statement {
  return statement
}

/** A server that lets nobody in says nothing of the read. */
function neverSent(error: unknown): never {
  throw isBanyanError(error) ? error : lostWork("never-sent", error)
}
