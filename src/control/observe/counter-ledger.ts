import { sumCounts } from "../../kit/sum-counts.ts"
import type { Report } from "../../wire/report.ts"
import { CounterCurve, FarClock } from "./counter-curve.ts"
import { type Counters, since } from "./counters.ts"

type Account = {
  pid: number | undefined
  clock: FarClock
  last: Counters
  ended: Counters
  /** At its first report: counted before anybody looked, and nobody knows when. */
  unseen: Counters | undefined
  readonly curve: CounterCurve
}

/**
 * What was counted under each id, over all its lives: processes count from their birth, and take what they counted along
 * when they go. Here nothing goes backwards as long as this control plane lives, so that sums over all ids do not
 * either. What a process did between its last report and its death nobody knows.
 */
export class CounterLedger {
  readonly #accounts = new Map<string, Account>()

  /** A process says hello: another pid is another life, whatever it has counted by its first report. */
  met(id: string, pid: number): void {
    const account = this.#accountOf(id)
    if (account.pid === pid) return
    Object.assign(account, { pid, clock: new FarClock(), last: {}, ended: totalOf(account) })
  }

  heard(report: Report, nowMs: number): void {
    const account = this.#accountOf(report.id)
    const { last, ended, clock, curve } = account
    const counters = countersOf(report)
    // A part of a process may begin anew: a front door forgets a backend and meets it again.
    const over = Object.entries(last).filter(([name, count]) => (counters[name] ?? 0) < count)
    account.last = counters
    account.ended = sumCounts([ended, Object.fromEntries(over)])
    account.unseen ??= totalOf(account)
    const { countedAtMs = nowMs } = report
    clock.heard(countedAtMs, nowMs)
    curve.add({ countedAtMs, clock, counters: since(account.unseen, totalOf(account)) })
  }

  /** Of each id that was ever heard. */
  totals(): ReadonlyMap<string, Counters> {
    return new Map([...this.#accounts].map(([id, account]) => [id, totalOf(account)]))
  }

  /** What each id had counted by then, since this control plane first heard it. */
  countedUntil(momentMs: number): ReadonlyMap<string, Counters> {
    return new Map([...this.#accounts].map(([id, { curve }]) => [id, curve.at(momentMs)]))
  }

  #accountOf(id: string): Account {
    const known = this.#accounts.get(id)
    if (known !== undefined) return known
    const account: Account = {
      ...{ pid: undefined, clock: new FarClock(), last: {}, ended: {} },
      unseen: undefined,
      curve: new CounterCurve(),
    }
    this.#accounts.set(id, account)
    return account
  }
}

function totalOf({ ended, last }: Account): Counters {
  return sumCounts([ended, last])
}

function countersOf({ front, web }: Report): Counters {
  const counters: Record<string, number> = {}
  const put = (prefix: string, of: Counters) => {
    for (const [name, count] of Object.entries(of)) counters[`${prefix}/${name}`] = count
  }
  if (front !== undefined) {
    const { requests, aborted, retries, answers, refusals = {}, backends, tls } = front
    put("front", { requests, aborted, retries })
    put("front/answers", answers)
    put("front/refusals", refusals)
    if (tls !== undefined) {
      put("front/handshakes", { yes: tls.resumed, no: tls.handshakes - tls.resumed })
      put("front/tlsFailures", tls.failures)
    }
    put("front/proxyHeaderFailures", front.proxyHeaderFailures ?? {})
    put("front/backends", Object.fromEntries(backends.map(each => [each.id, each.requests ?? 0])))
  }
  if (web !== undefined) put("web", { requests: web.requests, errors: web.errors })
  return counters
}
