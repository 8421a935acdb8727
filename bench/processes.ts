import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { closeSync, mkdtempSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs"
import { connect } from "node:net"
import { cpus, tmpdir } from "node:os"
import { join } from "node:path"
import { freePort } from "../src/kit/node/free-port.ts"

/** A clock tick of /proc, in microseconds. */
const tickUs = 10_000

/** Microseconds of CPU a process took, user and system, all its threads (proc_pid_stat(5), fields 14 and 15). */
export function cpuUs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
  return (Number(fields[11]) + Number(fields[12])) * tickUs
}

const started = new Set<ChildProcess>()
// Whoever breaks a bench off leaves nothing behind, not even a process that is stopped.
process.once("exit", () => {
  for (const child of started) child.kill("SIGKILL")
})

/** Gone with the bench, however that ends. */
export function temporaryFolder(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `banyan-${name}-`))
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/**
 * On a CPU of its own where there are two. taskset becomes the program, so that the pid is the program's. `stdout`: a
 * pipe, which someone must read, or a file's descriptor. It ends with the bench.
 */
export function spawnOn(
  cpu: number,
  [program, ...args]: readonly [string, ...string[]],
  stdout: "pipe" | number = "pipe",
  stdin: "pipe" | "ignore" = "ignore",
): ChildProcess {
  const pinned = cpus().length > 1 && hasTaskset
  const command = pinned ? ["taskset", "-c", String(cpu), program, ...args] : [program, ...args]
  const child = spawn(command[0]!, command.slice(1), { stdio: [stdin, stdout, "inherit"] })
  started.add(child)
  child.once("exit", () => started.delete(child))
  return child
}

export type Server = { readonly port: number; readonly pid: number }

/** One that listens, on a port that was free; what it prints goes into a file of `folder`. It ends with the bench. */
export async function serverOn(
  cpu: number,
  folder: string,
  commandAt: (port: number) => readonly [string, ...string[]],
): Promise<Server> {
  const port = await freePort()
  const log = openSync(join(folder, `${port}.log`), "w")
  const { pid } = spawnOn(cpu, commandAt(port), log)
  closeSync(log)
  await listening(port)
  return { port, pid: pid! }
}

const hasTaskset = (() => {
  try {
    execFileSync("taskset", ["--version"], { stdio: "ignore" })
    return true
  } catch {
    return false
  }
})()

/** What a program prints until it ends. */
export async function outputOf(child: ChildProcess): Promise<string> {
  let output = ""
  child.stdout!.on("data", text => {
    output += text
  })
  await new Promise(resolve => child.once("close", resolve))
  return output
}

export async function listening(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, "127.0.0.1")
    const open = await new Promise<boolean>(resolve => {
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false))
    })
    socket.destroy()
    if (open) return
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/**
 * All processes that work below a folder, and their proportional set size: pages they share are counted once (proc(5),
 * smaps_rollup).
 */
export function weightOf(folder: string): { readonly processes: number; readonly pssMib: number } {
  let [processes, kib] = [0, 0]
  for (const pid of readdirSync("/proc").filter(name => /^\d+$/.test(name))) {
    try {
      if (!readlinkSync(`/proc/${pid}/cwd`).startsWith(folder)) continue
      kib += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1] ?? 0)
      processes++
    } catch {
      // It has just ended, or is not ours to look at.
    }
  }
  return { processes, pssMib: kib / 1024 }
}
