import { readdirSync, readFileSync } from "node:fs"

/** Microseconds of CPU of each process, by its pid. */
export type ProcessesCpuUs = ReadonlyMap<number, number>

/** What servers and all their processes took so far (`/proc/<pid>/schedstat`: nanoseconds, to the nanosecond). */
export function serversCpuUs(postmasters: readonly number[]): ProcessesCpuUs {
  const own = new Set(postmasters)
  const taken = new Map<number, number>()
  for (const entry of readdirSync("/proc")) {
    const pid = Number(entry)
    if (!Number.isInteger(pid)) continue
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1])
      if (own.has(pid) || own.has(parent))
        taken.set(pid, Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0]) / 1000)
    } catch {
      // It ended between two looks.
    }
  }
  return taken
}

/** Between two looks, of those that were there at the second. */
export function takenBetween(before: ProcessesCpuUs, after: ProcessesCpuUs): number {
  let sumUs = 0
  for (const [pid, us] of after) sumUs += us - (before.get(pid) ?? 0)
  return sumUs
}
