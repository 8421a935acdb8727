import type { LoadReport, LoadTick } from "../../load/load.ts"

/** What was under way at the replica when it was lost has gone elsewhere by then. */
const elsewhereWithinMs = 1000
export const recoveredWithinMs = 5000
/** Of those turned away so many may be told so too late. */
const untoldShare = 1 / 50

/** Milliseconds since the load began: when it was borne, when the replica was lost, and when it was read from again. */
export type Loss = { readonly calmMs: number; readonly lostMs: number; readonly backMs: number }

/**
 * What is wrong about how a load was borne that was too much without the replica. `capacity`: what those that were left
 * could answer, `least`: what they had to, both a second.
 */
export function sheddingViolations(
  ticks: readonly LoadTick[],
  { sent, ok, statuses }: Pick<LoadReport, "sent" | "ok" | "statuses">,
  { calmMs, lostMs, backMs }: Loss,
  { capacity, least }: { readonly capacity: number; readonly least: number },
): string[] {
  const before = between(ticks, calmMs, lostMs)
  const without = between(ticks, lostMs + elsewhereWithinMs, backMs)
  const after = between(ticks, backMs + recoveredWithinMs, Number.POSITIVE_INFINITY)
  const told = statuses["503"] ?? 0
  const untold = sent - ok - told
  const perSecond = rateOf(without)
  return [
    // A machine that is full stops everybody at times: that nobody is turned away is not asked for here.
    ...(rateOf(before) > capacity
      ? []
      : [
          `${rateOf(before).toFixed(0)} good answers a second with it: one replica alone can give ${capacity}`,
        ]),
    ...(without.failed > 0 ? [] : ["nobody was turned away: no load that the others could not carry"]),
    ...(perSecond >= least
      ? []
      : [`${perSecond.toFixed(0)} good answers a second without it, of a capacity of ${capacity}`]),
    ...(untold <= told * untoldShare
      ? []
      : [`${untold} requests were neither answered in time nor told 503, beside ${told} that were`]),
    ...(after.failed === 0
      ? []
      : [`${after.failed} requests failed more than ${recoveredWithinMs} ms after it was back`]),
  ]
}

/** Good answers a second; 0 of no time at all. */
function rateOf({ ok, tookMs }: { readonly ok: number; readonly tookMs: number }): number {
  return tookMs === 0 ? 0 : (ok * 1000) / tookMs
}

/** What whole ticks between two moments counted. */
function between(ticks: readonly LoadTick[], fromMs: number, untilMs: number) {
  const begins = (nth: number) => ticks[nth - 1]?.atMs ?? 0
  const inside = ticks.filter(({ atMs }, nth) => begins(nth) >= fromMs && atMs <= untilMs)
  const sum = (key: "ok" | "failed") => inside.reduce((total, tick) => total + tick[key], 0)
  const [first] = inside
  const tookMs = first === undefined ? 0 : inside.at(-1)!.atMs - begins(ticks.indexOf(first))
  return { ok: sum("ok"), failed: sum("failed"), tookMs }
}
