import { readdirSync, readFileSync } from "node:fs"
import { setImmediate as turn } from "node:timers/promises"

/**
 * What processes hold, with all their descendants: a shell's server, a server's workers. Looked at now and then, one tree
 * a turn of the event loop. Linux only; elsewhere nothing is known.
 */
export class MemoryGauge {
  readonly #pids: () => readonly number[]
  #bytes: ReadonlyMap<number, number> = new Map()
  #looking = false

  /** `pids`: the processes at the top of each tree. */
  constructor(pids: () => readonly number[]) {
    this.#pids = pids
  }

  /** At the last look; undefined for who was not there. */
  bytesOf(pid: number | undefined): number | undefined {
    return pid === undefined ? undefined : this.#bytes.get(pid)
  }

  /** Looks at everybody once; a look that is still under way is not repeated. */
  async look(): Promise<void> {
    if (this.#looking || process.platform !== "linux") return
    this.#looking = true
    const found = new Map<number, number>()
    for (const pid of this.#pids()) {
      const bytes = treeBytes(pid)
      if (bytes > 0) found.set(pid, bytes)
      await turn()
    }
    this.#bytes = found
    this.#looking = false
  }
}

/**
 * Of all descendants what each holds for itself, and once what they share; 0 when it is gone. Counted from its counters
 * (RssAnon, VmSwap, RssShmem; proc_pid_status(5)), in microseconds. Exact shares (smaps_rollup) would take the kernel tens
 * of milliseconds for a large process, which could not map memory meanwhile. Left out are pages of files, the program's own
 * above all: they are everybody's, and the kernel takes them back when it needs them.
 */
export function treeBytes(pid: number): number {
  const held = processTree(pid).map(each => contentOf(`/proc/${each}/status`) ?? "")
  const own = held.reduce(
    (sum, status) => sum + counterIn(status, "RssAnon") + counterIn(status, "VmSwap"),
    0,
  )
  return own + Math.max(...held.map(status => counterIn(status, "RssShmem")))
}

function counterIn(status: string, name: string): number {
  const kibibytes = new RegExp(`^${name}:\\s+([0-9]+) kB$`, "m").exec(status)?.[1]
  return Number(kibibytes ?? 0) * 1024
}

/** A process is the child of the thread that made it (proc_tid_children(5)). One that daemonized has left the tree. */
export function processTree(pid: number): number[] {
  const children = threadsOf(pid).flatMap(thread =>
    (contentOf(`/proc/${pid}/task/${thread}/children`) ?? "").split(" ").filter(word => word !== ""),
  )
  return [pid, ...children.flatMap(child => processTree(Number(child)))]
}

function threadsOf(pid: number): readonly string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

function contentOf(path: string): string | undefined {
  try {
    return readFileSync(path, "latin1")
  } catch {
    return undefined
  }
}
