import { type ChildProcess, spawn } from "node:child_process"
import { closeSync, mkdirSync, openSync } from "node:fs"
import { dirname } from "node:path"
import type { Writable } from "node:stream"
import { messageOf } from "../../../kit/errors.ts"
import { driversError } from "../../drivers-errors.ts"

export type Birth = {
  readonly id: string
  readonly argv: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly logFile: string
  readonly uid?: number
  readonly gid?: number
  /** Becomes fd 3. */
  readonly listenFd?: number
  /** Becomes fd 5. */
  readonly listenTlsFd?: number | undefined
  /** Written to fd 4, then the pipe ends. */
  readonly payload?: string
  /** fd 4 is a socket to this process, open for as long as both live. */
  readonly link?: boolean
}

/**
 * Spawns a process that outlives this one: a session of its own, so that no terminal reaches it, and its output in a
 * file, because a pipe dies with its reader and EPIPE would kill the child at its next line. Throws BN1406.
 */
export async function spawnProcess(birth: Birth): Promise<ChildProcess & { readonly pid: number }> {
  const [program, ...args] = birth.argv
  const fail = (error: unknown) => driversError("BN1406", { id: birth.id, program, reason: messageOf(error) })
  let log: number | undefined
  try {
    log = openLog(birth.logFile)
    const child = spawn(program, args, {
      cwd: birth.cwd,
      env: birth.env,
      detached: true,
      stdio: [
        "ignore",
        log,
        log,
        birth.listenFd ?? "ignore",
        birth.payload === undefined && birth.link !== true ? "ignore" : "pipe",
        birth.listenTlsFd ?? "ignore",
      ],
      ...(birth.uid === undefined ? {} : { uid: birth.uid }),
      ...(birth.gid === undefined ? {} : { gid: birth.gid }),
    })
    if (birth.payload !== undefined) tell(child, birth.payload)
    if (child.pid === undefined) {
      throw await new Promise<Error>(resolve => child.once("error", resolve))
    }
    return child as ChildProcess & { readonly pid: number }
  } catch (error) {
    throw fail(error)
  } finally {
    if (log !== undefined) closeSync(log)
  }
}

function openLog(path: string): number {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  return openSync(path, "a", 0o600)
}

function tell(child: ChildProcess, payload: string): void {
  const pipe = child.stdio[4] as Writable | null | undefined
  // A child that dies before it has read everything is seen by its exit, not here.
  pipe?.on("error", () => {})
  pipe?.end(payload)
}
