import { spawnSync } from "node:child_process"
import { tmpdir } from "node:os"
import { SmallDisk } from "./full-disk.ts"

/**
 * A user namespace in which one stays who one is (Postgres would not start as root) and holds every capability over
 * what is in it; and a mount namespace, which nobody outside sees into and which ends with its last process.
 */
const prefix = ["unshare", "--user", "--map-current-user", "--keep-caps", "--mount", "--"] as const

/** Whether this process may mount a file system where it is, found out by mounting one. */
export function mayMount(): boolean {
  const disk = SmallDisk.mount({ parent: tmpdir(), sizeMb: 1 })
  if (!(disk instanceof SmallDisk)) return false
  disk.unmount()
  return true
}

/** Words that run the command that follows them where it may mount; undefined when there is no such place for this user. */
export function ownMounts(): readonly [string, ...string[]] | undefined {
  const trial = ["mount", "-t", "tmpfs", "none", tmpdir()]
  const [program, ...args] = [...prefix, ...trial]
  return spawnSync(program as string, args, { stdio: "ignore" }).status === 0 ? prefix : undefined
}
