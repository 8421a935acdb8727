import { readdirSync, readFileSync, readlinkSync } from "node:fs"

const listenState = "0A"

/**
 * Who listens on a TCP port, in words (`node (pid 4711)`), or undefined when this machine does not tell: another
 * user's process, or no Linux (proc(5): /proc/net/tcp names the socket's inode, /proc/<pid>/fd who holds it).
 */
export function holderOfPort(port: number): string | undefined {
  const inodes = new Set(["/proc/net/tcp", "/proc/net/tcp6"].flatMap(path => listeningInodes(path, port)))
  if (inodes.size === 0) return undefined
  for (const pid of namesIn("/proc").filter(name => /^[0-9]+$/.test(name))) {
    for (const fd of namesIn(`/proc/${pid}/fd`)) {
      const inode = /^socket:\[([0-9]+)\]$/.exec(linkAt(`/proc/${pid}/fd/${fd}`) ?? "")?.[1]
      if (inode !== undefined && inodes.has(inode)) return `${commandOf(pid)} (pid ${pid})`
    }
  }
  return undefined
}

function listeningInodes(path: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`
  return textOf(path)
    .split("\n")
    .map(line => line.trim().split(/\s+/))
    .filter(fields => fields[1]?.endsWith(suffix) && fields[3] === listenState)
    .map(fields => fields[9] ?? "")
}

function commandOf(pid: string): string {
  return textOf(`/proc/${pid}/comm`).trim() || "a process"
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return ""
  }
}

function linkAt(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
