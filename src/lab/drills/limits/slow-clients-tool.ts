import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { readFile } from "node:fs/promises"
import type { SkippedFault } from "../../faults/fault.ts"
import type { LoadTarget } from "../../load/load.ts"

const tool = "slowhttptest"

/** What an attacker of each kind does: `-H` heads that never end, `-B` bodies, `-R` ranges, `-X` readers. */
const kinds: Readonly<Record<string, readonly string[]>> = {
  "slow heads": ["-H", "-i", "5"],
  "slow bodies": ["-B", "-i", "5", "-s", "8192"],
  "many ranges": ["-R", "-i", "5"],
  "slow readers": ["-X", "-n", "5", "-w", "512", "-y", "1024", "-z", "32", "-k", "3"],
}

/** Of each kind; together they are five thousand. */
export const slowClientsOfEach = 1250
const connectedPerSecond = 125

/** Undefined when the tool is here. */
export function missingSlowClients(): SkippedFault | undefined {
  if (spawnSync(tool, ["-h"], { stdio: "ignore" }).error === undefined) return undefined
  return {
    name: "slow-clients",
    subject: "client-edge",
    why: `needs ${tool}, which is not installed`,
    remedy: `install Debian's package ${tool}`,
  }
}

/** Lets all kinds loose at once; resolves when they have ended by themselves. An abort kills them. */
export async function letSlowClientsLoose(
  target: LoadTarget,
  seconds: number,
  signal: AbortSignal,
): Promise<void> {
  const path = (kind: string) => (kind === "slow readers" ? "/large" : "/page")
  await Promise.all(
    Object.entries(kinds).map(async ([kind, flags]) => {
      const url = `http://${target.host}:${target.port}${path(kind)}`
      const amount = [
        "-c",
        String(slowClientsOfEach),
        "-r",
        String(connectedPerSecond),
        "-l",
        String(seconds),
      ]
      const child = spawn(tool, [...flags, ...amount, "-v", "0", "-u", url], {
        stdio: "ignore",
        signal,
        killSignal: "SIGKILL",
      })
      child.on("error", () => {})
      await once(child, "close")
    }),
  )
  signal.throwIfAborted()
}

/** Established connections to a port of this machine, as the kernel counts them. */
export async function connectionsTo({ port }: LoadTarget): Promise<number> {
  const local = `:${port.toString(16).toUpperCase().padStart(4, "0")}`
  const lines = (await readFile("/proc/net/tcp", "latin1")).split("\n")
  return lines.filter(line => {
    const [, address = "", , state] = line.trim().split(/\s+/)
    return address.endsWith(local) && state === "01"
  }).length
}
