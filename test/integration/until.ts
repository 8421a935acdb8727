import { setTimeout as sleep } from "node:timers/promises"

/** Longer than anything takes on a busy machine: what is not there by then never comes. */
const patienceMs = 60_000
const lookEveryMs = 50

/** Looks until there is something (neither undefined nor false); throws when it never comes. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
): Promise<T> {
  const deadlineMs = Date.now() + patienceMs
  for (;;) {
    const seen = await look()
    if (seen !== undefined && seen !== false) return seen
    if (Date.now() > deadlineMs) throw new Error(`waited ${patienceMs} ms in vain for ${what}`)
    await sleep(lookEveryMs)
  }
}
