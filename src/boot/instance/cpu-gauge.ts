import { readFileSync } from "node:fs"

/** Of `proc_pid_stat(5)`: the kernel counts in this many parts of a second on every platform it still runs on. */
const ticksPerSecond = 100

/**
 * Seconds of CPU that each process has used, with its children (a database server's workers), those that have ended
 * included. Two small reads for each process. Linux only; elsewhere, and of who is gone, nothing is known.
 */
export function cpuSeconds(pids: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  if (process.platform !== "linux") return found
  for (const [id, pid] of pids) {
    const own = ticksOf(pid)
    if (own === undefined) continue
    const children = (contentOf(`/proc/${pid}/task/${pid}/children`) ?? "").split(" ").filter(Boolean)
    const ticks = children.reduce((sum, child) => sum + (ticksOf(Number(child)) ?? 0), own)
    found.set(id, ticks / ticksPerSecond)
  }
  return found
}

/** utime, stime, and of children that were waited for cutime and cstime: fields 14 to 17, behind a name in brackets. */
function ticksOf(pid: number): number | undefined {
  const stat = contentOf(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return [11, 12, 13, 14].reduce((sum, at) => sum + Number(fields[at] ?? 0), 0)
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return undefined
  }
}
