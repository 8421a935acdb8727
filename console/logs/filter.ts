import { setParams } from "../frame/router.ts"

/** The filters of the logs stand in the address under the names that GET /api/logs takes them by. */
export const filterNames = ["tier", "of", "level", "kind", "q", "request"] as const

/** The page of logs with these filters. */
export function logsAt(filters: Readonly<Partial<Record<(typeof filterNames)[number], string>>>): string {
  return `/logs?${new URLSearchParams(filters)}`
}

/** The query that asks the API for what an address shows. */
export function queryOf(address: URLSearchParams): string {
  const query = new URLSearchParams()
  for (const name of filterNames) {
    const value = address.get(name)
    if (value !== null && value !== "") query.set(name, value)
  }
  return query.toString()
}

export function wordsIn(list: string): string[] {
  return list === "" ? [] : list.split(",")
}

/** Puts a word into a list with commas, or takes it out. */
export function toggled(list: string, word: string): string {
  const words = wordsIn(list)
  return (words.includes(word) ? words.filter(each => each !== word) : [...words, word]).join(",")
}

export function clearFilters(): void {
  setParams(Object.fromEntries(filterNames.map(name => [name, ""])))
}
