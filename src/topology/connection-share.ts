/** Least of all that a process can work with: LISTEN, a lock, a look at the server, and one for queries. */
export const leastConnectionShare = 4

/**
 * How many connections each of so many processes may have to one server, so that all of them together have at most
 * `most`. Below the least share nothing works, so that is given all the same.
 */
export function connectionShareOf(processes: number, most: number): number {
  return Math.max(leastConnectionShare, Math.floor(most / Math.max(1, processes)))
}
