import { readdirSync, readlinkSync, realpathSync } from "node:fs"
import { basename } from "node:path"

/** Who is killed is gone within milliseconds, or waits in the kernel for something that may take long. */
const killEveryMs = { first: 2, most: 64 }

/**
 * Processes that work in a data folder, oldest pid first: working directory is the folder and the program is one of
 * `argv`'s files (someone's shell in the folder is none). A killed database server's children outlive it shortly and
 * still hold its shared memory; they call setsid(), so no process group finds them. Linux only; elsewhere empty.
 */
export function processesIn(folder: string, argv: readonly string[]): number[] {
  if (process.platform !== "linux") return []
  const place = realPath(folder)
  const programs = new Set(argv.map(realPath))
  return readdirSync("/proc")
    .filter(name => /^[0-9]+$/.test(name) && linkAt(`/proc/${name}/cwd`) === place)
    .filter(name => programs.has(linkAt(`/proc/${name}/exe`) ?? ""))
    .map(Number)
    .sort((a, b) => a - b)
}

/** Waits until nobody works in the folder; returns the pids that still do after `waitMs`. */
export async function folderLeft(folder: string, argv: readonly string[], waitMs: number): Promise<number[]> {
  const untilMs = performance.now() + waitMs
  for (;;) {
    const pids = processesIn(folder, argv)
    if (pids.length === 0 || performance.now() > untilMs) return pids
    await new Promise(resolve => setTimeout(resolve, 20))
  }
}

/** SIGKILL for everybody who works in the folder, frozen or not; resolves when nobody is left. */
export async function endAllIn(folder: string, argv: readonly string[]): Promise<void> {
  for (let everyMs = killEveryMs.first; ; everyMs = Math.min(2 * everyMs, killEveryMs.most)) {
    const pids = processesIn(folder, argv)
    if (pids.length === 0) return
    for (const pid of pids) {
      try {
        process.kill(pid, "SIGKILL")
      } catch {
        // It has gone by itself.
      }
    }
    await new Promise(resolve => setTimeout(resolve, everyMs))
  }
}

export function describeProcess(pid: number): string {
  return `${basename(linkAt(`/proc/${pid}/exe`) ?? "a process")} (pid ${pid})`
}

function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
