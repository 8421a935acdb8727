import type { LogPlace } from "./log-tail.ts"

/** Where a reader is in each log, as one word: what it sends to go on, whoever answers then. */
export function cursorOf(places: Iterable<readonly [log: string, LogPlace]>): string {
  return [...places]
    .map(([log, { offset, sum }]) => `${encodeURIComponent(log)}:${offset}:${sum.toString(36)}`)
    .join(",")
}

/** Undefined for what is no cursor of ours. */
export function placesIn(cursor: string): ReadonlyMap<string, LogPlace> | undefined {
  const places = new Map<string, LogPlace>()
  for (const part of cursor === "" ? [] : cursor.split(",")) {
    const [, log, offset, sum] = /^([^:]{1,300}):(\d{1,15}):([0-9a-z]{1,7})$/.exec(part) ?? []
    if (log === undefined) return undefined
    try {
      places.set(decodeURIComponent(log), { offset: Number(offset), sum: Number.parseInt(sum!, 36) })
    } catch {
      return undefined
    }
  }
  return places
}
