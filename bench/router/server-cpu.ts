import { readdirSync, readFileSync } from "node:fs"

/** Microseconds of CPU that servers and all their processes took so far (sched/stat of proc(5), in nanoseconds). */
export function serversCpuUs(postmasters: readonly number[]): number {
  const own = new Set(postmasters)
  let ns = 0
  for (const entry of readdirSync("/proc")) {
    const pid = Number(entry)
    if (!Number.isInteger(pid)) continue
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
      const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1])
      if (own.has(pid) || own.has(parent))
        ns += Number(readFileSync(`/proc/${pid}/schedstat`, "utf8").split(" ")[0])
    } catch {
      // It ended between two looks.
    }
  }
  return ns / 1000
}
