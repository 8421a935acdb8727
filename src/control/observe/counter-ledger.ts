import type { Report } from "../../wire/report.ts"

/** By name: `front/requests`, `front/answers/2xx`, `front/backends/web-1`, `web/errors`. */
export type Counters = Readonly<Record<string, number>>

type Account = { pid: number | undefined; last: Counters; ended: Counters }

/**
 * What was counted under each id, over all its lives: processes count from their birth, and take what they counted along
 * when they go. Here nothing goes backwards as long as this control plane lives, so that sums over all ids do not
 * either. What a process did between its last report and its death nobody knows.
 */
export class CounterLedger {
  readonly #accounts = new Map<string, Account>()

  /** A process says hello: another pid is another life, whatever it has counted by its first report. */
  met(id: string, pid: number): void {
    const account = this.#accounts.get(id)
    if (account === undefined) this.#accounts.set(id, { pid, last: {}, ended: {} })
    else if (account.pid !== pid)
      this.#accounts.set(id, { pid, last: {}, ended: sum(account.ended, account.last) })
  }

  heard(report: Report): void {
    const { pid, last, ended } = this.#accounts.get(report.id) ?? { pid: undefined, last: {}, ended: {} }
    const counters = countersOf(report)
    // A part of a process may begin anew: a front door forgets a backend and meets it again.
    const over = Object.entries(last).filter(([name, count]) => (counters[name] ?? 0) < count)
    this.#accounts.set(report.id, { pid, last: counters, ended: sum(ended, Object.fromEntries(over)) })
  }

  /** Of each id that was ever heard. */
  totals(): ReadonlyMap<string, Counters> {
    return new Map([...this.#accounts].map(([id, { ended, last }]) => [id, sum(ended, last)]))
  }
}

export function sum(...parts: readonly Counters[]): Counters {
  const total: Record<string, number> = {}
  for (const part of parts)
    for (const [name, count] of Object.entries(part)) total[name] = (total[name] ?? 0) + count
  return total
}

/** Counters whose name begins so, without that beginning. */
export function below(prefix: string, counters: Counters): Counters {
  const inside = Object.entries(counters).filter(([name]) => name.startsWith(`${prefix}/`))
  return Object.fromEntries(inside.map(([name, count]) => [name.slice(prefix.length + 1), count]))
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
