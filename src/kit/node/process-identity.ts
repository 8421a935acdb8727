import { execFileSync } from "node:child_process"
import { readFileSync, readlinkSync } from "node:fs"

/** A process named so that a reused pid is never mistaken for it. */
export type ProcessIdentity = {
  readonly pid: number
  /** Opaque; equal only for the same process. On Linux the start time in clock ticks since boot (proc(5), field 22). */
  readonly startedAt: string
}

/** The identity of a living process, or undefined when there is none (zombies count as dead). */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  if (process.platform === "linux") {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "latin1")
      // The command name may hold spaces and brackets; the fields we want come after the last ")".
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
      return fields[0] === "Z" || fields[0] === "X" ? undefined : { pid, startedAt: fields[19] ?? "" }
    } catch {
      return undefined
    }
  }
  try {
    const startedAt = execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], { encoding: "utf8" }).trim()
    return startedAt === "" ? undefined : { pid, startedAt }
  } catch {
    return undefined
  }
}

export function isAlive(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.startedAt === identity.startedAt
}

/**
 * Names the run of the machine, and of the container, in which process ids mean what they mean now; undefined where
 * nothing tells (random(4), pid_namespaces(7)).
 */
export function bootIdentity(): string | undefined {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").trim()
    return `${boot} ${readlinkSync("/proc/self/ns/pid")}`
  } catch {
    return undefined
  }
}
