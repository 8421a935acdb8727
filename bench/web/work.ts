/** What every contender does for a request: only the hosting differs. */
export type Order = { readonly lines: ReadonlyArray<{ readonly bagel: string; readonly count: number }> }

/** 2 KB once it is JSON; made anew for each answer, as apps do. */
export const cafes: readonly object[] = Array.from({ length: 16 }, (_, at) => ({
  id: 1000 + at,
  name: `Cafe number ${at}`.padEnd(24, "."),
  address: `${100 + at} Orchard Street, New York`,
  lat: 40.7128,
  lon: -74.006,
  open: at % 2 === 0,
}))

/** 1 KB once it is JSON: the body that is sent. */
export const order: Order = {
  lines: Array.from({ length: 19 }, (_, at) => ({ bagel: `bagel number ${at} with cream`, count: at })),
}

export function bagelsIn({ lines }: Order): number {
  let count = 0
  for (const line of lines) count += line.count
  return count
}
