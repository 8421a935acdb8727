/** The time that all charts show: the last minutes, live, or a stretch that stands still. In seconds since 1970. */
export type Range = { readonly from: number; readonly to: number; readonly isLive: boolean }

export const spans = [
  { key: "2m", title: "2 min", seconds: 120 },
  { key: "15m", title: "15 min", seconds: 900 },
  { key: "1h", title: "1 h", seconds: 3_600 },
  { key: "6h", title: "6 h", seconds: 21_600 },
] as const
export const firstSpan = "15m"

/** Of the address: `last=15m`, or `from` and `to` in milliseconds, as a selection writes them. Nonsense is the default. */
export function rangeOf(params: { last: string; from: string; to: string }, nowMs: number): Range {
  const [from, to] = [Number(params.from) / 1000, Number(params.to) / 1000]
  if (params.from !== "" && params.to !== "" && from > 0 && to > from) return { from, to, isLive: false }
  const span = spans.find(({ key }) => key === params.last) ?? spans.find(({ key }) => key === firstSpan)!
  return { from: nowMs / 1000 - span.seconds, to: nowMs / 1000, isLive: true }
}
