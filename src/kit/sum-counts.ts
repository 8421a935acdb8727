/** Several tables of counts as one: `[{ a: 1 }, { a: 2, b: 1 }]` is `{ a: 3, b: 1 }`. */
export function sumCounts(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const each of all)
    for (const [name, count] of Object.entries(each)) sums[name] = (sums[name] ?? 0) + count
  return sums
}
