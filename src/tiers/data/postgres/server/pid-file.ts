import { existsSync, readdirSync, readFileSync, readlinkSync, realpathSync, rmSync, statSync } from "node:fs"
import { uptime } from "node:os"
import { join } from "node:path"
import { identifyProcess } from "../../../../kit/node/process-identity.ts"

/** postmaster.pid, as src/include/utils/pidfile.h of Postgres orders its lines. */
export type PidFile = {
  readonly pid: number
  readonly startedAtMs: number
  /** `starting`, `stopping`, `ready` or `standby`; empty while it is being written. */
  readonly status: string
}

export function readPidFile(folder: string): PidFile | undefined {
  try {
    const lines = readFileSync(join(folder, "postmaster.pid"), "utf8").split("\n")
    return { pid: Number(lines[0]), startedAtMs: Number(lines[2]) * 1000, status: lines[7]?.trim() ?? "" }
  } catch {
    return undefined
  }
}

/** Whether a server, or one of its children that outlived it, works in the folder. Unsure counts as yes. */
export function hasLivePostgres(folder: string): boolean {
  const file = readPidFile(folder)
  if (process.platform === "linux") return someoneWorksIn(folder)
  return file !== undefined && identifyProcess(file.pid) !== undefined && !rebootedSince(file)
}

/**
 * The processes of a server, the postmaster first. Elsewhere than on Linux that is all that is known: its children end
 * when they notice.
 */
export function serverProcesses(folder: string): number[] {
  const postmaster = readPidFile(folder)?.pid
  if (process.platform !== "linux") return postmaster === undefined ? [] : [postmaster]
  if (!existsSync(folder)) return []
  const place = realpathSync(folder)
  const found = processNames()
    .filter(name => worksFor(`/proc/${name}`, place))
    .map(Number)
  return found.toSorted((a, b) => Number(b === postmaster) - Number(a === postmaster))
}

/**
 * Removes a postmaster.pid that a crash left, when its pid belongs to another program by now, or to a dead process that its
 * parent has not buried yet (one that was adopted): Postgres would take that for its predecessor and refuse to start. A pid
 * that is free is left to Postgres's own check, which looks for shared memory too; whenever in doubt the file stays.
 */
export function removeStalePidFile(folder: string): boolean {
  const file = readPidFile(folder)
  if (file === undefined || isFree(file.pid) || hasLivePostgres(folder)) return false
  rmSync(join(folder, "postmaster.pid"), { force: true })
  return true
}

/** As Postgres asks: a zombie still has its number. */
function isFree(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH"
  }
}

/** Every process of Postgres has the data folder as its working directory. */
function someoneWorksIn(folder: string): boolean {
  if (!existsSync(folder)) return false
  const place = realpathSync(folder)
  const owner = statSync(folder).uid
  return processNames().some(name => worksIn(`/proc/${name}`, place, owner))
}

function processNames(): string[] {
  return readdirSync("/proc").filter(name => /^[0-9]+$/.test(name))
}

/** Certainly: its working directory can be seen, and it is called postgres. Others may look around in there. */
function worksFor(proc: string, place: string): boolean {
  try {
    return readlinkSync(`${proc}/cwd`) === place && readFileSync(`${proc}/comm`, "utf8").trim() === "postgres"
  } catch {
    return false
  }
}

function worksIn(proc: string, place: string, owner: number): boolean {
  try {
    return readlinkSync(`${proc}/cwd`) === place
  } catch (error) {
    // One that is leaving has no working directory any more (proc(5)), and no memory and no file of the server either.
    const isHidden = (error as NodeJS.ErrnoException).code === "EACCES"
    // Only the folder's owner could be at work in it.
    return isHidden && isPostgresOf(proc, owner)
  }
}

function isPostgresOf(proc: string, owner: number): boolean {
  try {
    const status = readFileSync(`${proc}/status`, "latin1")
    const [, name] = /^Name:\s+(.*)$/m.exec(status) ?? []
    const [, uid] = /^Uid:\s+([0-9]+)/m.exec(status) ?? []
    return name === "postgres" && Number(uid) === owner && !/^State:\s+[ZX]/m.test(status)
  } catch {
    return false
  }
}

function rebootedSince({ startedAtMs }: PidFile): boolean {
  const toleranceMs = 60_000
  return Date.now() - uptime() * 1000 - toleranceMs > startedAtMs
}
