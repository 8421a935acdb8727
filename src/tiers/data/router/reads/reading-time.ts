import type { Statement } from "../statements/statement.ts"

/** Estimates follow what is faster at once and what is slower with patience: a busy machine says little of a statement. */
const fall = 1 / 4
const rise = 1 / 16

/**
 * What statements took that were answered together, one behind the other: each its share by what was known of them before.
 * `besides`: how many others the server was busy with for this process, which made it look slower.
 */
export function learnTimes(statements: readonly Statement[], tookMs: number, besides: number): void {
  const alone = tookMs / (besides + 1)
  const known = statements.map(({ tookMs }) => tookMs ?? alone)
  const sum = known.reduce((a, b) => a + b, 0)
  statements.forEach((statement, at) => {
    const before = known[at] as number
    const share = sum > 0 ? (alone * before) / sum : alone / statements.length
    statement.tookMs = before + (share - before) * (share < before ? fall : rise)
  })
}

/** How many of those that wait, from the first, take no longer than `budgetMs` together; at least one. */
export function fitInto(budgetMs: number, most: number, waiting: readonly Statement[]): number {
  let count = 0
  let sumMs = 0
  for (const { tookMs = budgetMs } of waiting) {
    sumMs += tookMs
    if (count > 0 && (count === most || sumMs > budgetMs)) break
    count++
  }
  return count
}
