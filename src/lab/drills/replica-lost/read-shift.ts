/** Statements a second at each server, by its id. */
export type Rates = Readonly<Record<string, number>>

/** Load is Poisson: so much more is none. */
const noise = { factor: 1.3, perSecond: 15 }
/** So much of what a lost replica had may fall to the primary while another replica could take it. */
const primaryShare = 0.25
/** A replica with less than this had no part in the load whose shift could be seen. */
const leastPerSecond = 10

/**
 * What is wrong about where the work of a lost replica went. `before` and `lost`: with it and without it, under the same
 * load; `others`: the replicas that stay.
 */
export function shiftViolations(
  before: Rates,
  lost: Rates,
  {
    victim,
    primary,
    others,
  }: { readonly victim: string; readonly primary: string; readonly others: readonly string[] },
): string[] {
  const had = before[victim] ?? 0
  if (had < leastPerSecond)
    return [`${victim} had ${perSecond(had)} before it was lost: no load that could shift`]
  const mayHave = (id: string, share: number) => (before[id] ?? 0) + share * had
  const told = (what: string, now: number, most: number) =>
    now <= most * noise.factor + noise.perSecond
      ? []
      : [`without ${victim} ${what} ${perSecond(now)}, and was to have ${perSecond(most)} at most`]
  const sum = (rates: Rates) => Object.values(rates).reduce((total, rate) => total + rate, 0)
  return [
    ...others.flatMap(id => told(`${id} has`, lost[id] ?? 0, mayHave(id, 1))),
    ...told(`the primary ${primary} has`, lost[primary] ?? 0, mayHave(primary, primaryShare)),
    ...told("all have together", sum(lost), sum(before)),
  ]
}

export function shiftWords(before: Rates, lost: Rates): string {
  return Object.keys(before)
    .toSorted()
    .map(id => `${id} ${Math.round(before[id]!)} -> ${Math.round(lost[id] ?? 0)}`)
    .join(", ")
}

function perSecond(rate: number): string {
  return `${Math.round(rate)} statements a second`
}
