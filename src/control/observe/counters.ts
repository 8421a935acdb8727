/** By name: `front/requests`, `front/answers/2xx`, `front/backends/web-1`, `web/errors`. */
export type Counters = Readonly<Record<string, number>>

/** Counters whose name begins so, without that beginning. */
export function below(prefix: string, counters: Counters): Counters {
  const inside = Object.entries(counters).filter(([name]) => name.startsWith(`${prefix}/`))
  return Object.fromEntries(inside.map(([name, count]) => [name.slice(prefix.length + 1), count]))
}

/** What was counted after `from` and until `to`. */
export function since(from: Counters, to: Counters): Counters {
  return each(to, (count, name) => count - (from[name] ?? 0))
}

/** So much of the way: 0 is `from`, 1 is `to`. */
export function between(from: Counters, to: Counters, share: number): Counters {
  return each(to, (count, name) => (from[name] ?? 0) * (1 - share) + count * share)
}

function each(counters: Counters, change: (count: number, name: string) => number): Counters {
  return Object.fromEntries(Object.entries(counters).map(([name, count]) => [name, change(count, name)]))
}
