import { spawn } from "node:child_process"
import type { Writable } from "node:stream"
import { fileURLToPath } from "node:url"
import type { ProcessIdentity } from "../../kit/node/process-identity.ts"

/** What must not outlive this process: a process that was stopped, a cgroup that is frozen, a service. */
export type Guarded =
  | { readonly kind: "stopped"; readonly identity: ProcessIdentity }
  | {
      readonly kind: "cgroup"
      readonly folder: string
      /** Where the processes in it go. */
      readonly home: string
      readonly control: string
      readonly thawed: string
    }
  | { readonly kind: "service"; readonly folder: string }

/** A line to the guard: from now on, or no longer. */
export type GuardLine = { readonly id: number; readonly what?: Guarded }

const program = fileURLToPath(new URL("./guard-process.ts", import.meta.url))
let guard: Writable | undefined
let count = 0

/**
 * Sees to it that this is undone when this process is killed, by a process of its own that notices the end of its
 * input. To be called before the deed; what it returns, after the undoing.
 */
export function guarded(what: Guarded): () => void {
  guard ??= begin()
  const id = ++count
  tell({ id, what })
  return () => tell({ id })
}

/** A write to a pipe with room is in the kernel when it returns: SIGKILL does not overtake it. */
function tell(line: GuardLine): void {
  guard?.write(`${JSON.stringify(line)}\n`)
}

/** In a session of its own: Ctrl-C is not for it. Works nowhere, so that no folder is in use because of it. */
function begin(): Writable {
  const child = spawn(process.execPath, [...process.execArgv, program], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  })
  child.unref()
  // Without a guard everything goes on as before; only a SIGKILL would leave more behind.
  child.on("error", () => {})
  const input = child.stdin as Writable & { unref?: () => void }
  input.on("error", () => {})
  input.unref?.()
  return input
}
