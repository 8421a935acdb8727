import type { Random } from "../../../kit/random.ts"

/** What the choice looks at. */
export type Choosable = {
  readonly id: string
  /** Share of the choices; 0 is never chosen. */
  readonly weight: number
  /** Requests sent there and not yet answered. */
  readonly outstanding: number
}

/**
 * Power of two choices: draws two different ones (each as likely as its weight) and takes the one with fewer
 * outstanding requests per weight (Mitzenmacher 2001). Those already tried are taken only when nobody else is left.
 */
export function chooseBackend<T extends Choosable>(
  from: readonly T[],
  random: Random,
  tried: readonly string[] = [],
): T | undefined {
  const fresh = tried.length === 0 ? from : from.filter(one => one.weight > 0 && !tried.includes(one.id))
  const usable = fresh.length === 0 ? from : fresh
  const first = draw(usable, random, undefined)
  if (first === undefined) return undefined
  const second = draw(usable, random, first)
  return second === undefined || loadOf(first) <= loadOf(second) ? first : second
}

/** One more request there: so that among idle ones a heavier weight still counts. */
function loadOf(one: Choosable): number {
  return (one.outstanding + 1) / one.weight
}

function draw<T extends Choosable>(from: readonly T[], random: Random, except: T | undefined): T | undefined {
  let total = 0
  for (const one of from) if (one !== except) total += one.weight
  if (total === 0) return undefined
  let point = random() * total
  let last: T | undefined
  for (const one of from) {
    if (one === except || one.weight === 0) continue
    last = one
    point -= one.weight
    if (point < 0) break
  }
  return last
}
