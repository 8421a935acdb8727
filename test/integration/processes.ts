import { readdirSync, readFileSync, readlinkSync, realpathSync } from "node:fs"
import { identifyProcess, isAlive } from "../../src/kit/node/process-identity.ts"
import { until } from "./until.ts"

export type RunningProcess = { readonly pid: number; readonly command: string }

/** Every process that works in a folder or below it (proc(5)); that is how Banyan's processes are known from outside. */
export function processesBelow(folder: string): RunningProcess[] {
  const place = realpathSync(folder)
  return (
    readdirSync("/proc")
      .filter(name => /^[0-9]+$/.test(name))
      .map(Number)
      .filter(pid => {
        const cwd = linkAt(`/proc/${pid}/cwd`)
        return cwd === place || cwd?.startsWith(`${place}/`)
      })
      .filter(pid => identifyProcess(pid) !== undefined)
      .map(pid => ({ pid, command: textAt(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim() }))
      // One in the middle of its exit(2) has given back its memory, its command line with it, and not yet its folder.
      .filter(({ command }) => command !== "")
  )
}

/** SIGKILL for a process, and the certainty that it is gone. */
export async function kill(pid: number): Promise<void> {
  const identity = identifyProcess(pid)
  process.kill(pid, "SIGKILL")
  if (identity !== undefined) await until(`the end of ${pid}`, () => !isAlive(identity))
}

/** Kills until nothing is left: what is killed may be brought back by what is not yet. */
export async function killAndAwait(pids: () => readonly number[]): Promise<void> {
  await until("the end of every process", () => {
    const left = pids()
    for (const pid of left) {
      try {
        process.kill(pid, "SIGKILL")
      } catch {
        // It went by itself.
      }
    }
    return left.length === 0
  })
}

export type Listener = { readonly host: string; readonly port: number }

/** TCP sockets on which one of these processes listens. IPv4 and IPv6, hosts as dotted or colon texts. */
export function listenersOf(pids: readonly number[]): Listener[] {
  const inodes = new Set(pids.flatMap(socketInodes))
  return ["/proc/net/tcp", "/proc/net/tcp6"]
    .flatMap(path => textAt(path).trim().split("\n").slice(1))
    .map(line => line.trim().split(/\s+/))
    .filter(fields => fields[3] === "0A" && inodes.has(fields[9] ?? ""))
    .map(fields => addressOf(fields[1] ?? ""))
}

export function environmentOf(pid: number): string {
  return textAt(`/proc/${pid}/environ`)
}

function socketInodes(pid: number): string[] {
  return namesIn(`/proc/${pid}/fd`).flatMap(fd => {
    const inode = /^socket:\[([0-9]+)\]$/.exec(linkAt(`/proc/${pid}/fd/${fd}`) ?? "")?.[1]
    return inode === undefined ? [] : [inode]
  })
}

/** `0100007F:1F90` -> 127.0.0.1 and 8080: the address's words are little-endian. */
function addressOf(text: string): Listener {
  const [address = "", port = ""] = text.split(":")
  const bytes = Buffer.from(address, "hex")
  if (bytes.length !== 4) return { host: address, port: Number.parseInt(port, 16) }
  return { host: bytes.reverse().join("."), port: Number.parseInt(port, 16) }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}

function textAt(path: string): string {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return ""
  }
}
