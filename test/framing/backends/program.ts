import { execFileSync, spawn } from "node:child_process"
import { once } from "node:events"
import net from "node:net"
import type { Address } from "../../../src/wire/map.ts"
import type { CleanUp } from "../tap.ts"

/** What a program says of its version, on either stream; empty when it is not there. */
export function versionOf(program: string, flag: string, pattern: RegExp): string {
  try {
    const words = `command -v ${program} >/dev/null && ${program} ${flag} 2>&1`
    return pattern.exec(execFileSync("sh", ["-c", words], { encoding: "utf8" }))?.[1] ?? ""
  } catch {
    return ""
  }
}

/** Runs a server in the foreground until the clean-up; resolves when it takes connections. */
export async function startProgram(
  [program, ...args]: readonly [string, ...string[]],
  address: Address,
  cleanUp: CleanUp,
): Promise<Address> {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] })
  let said = ""
  const exited = once(child, "exit")
  for (const stream of [child.stdout, child.stderr]) stream.on("data", bytes => (said += bytes))
  cleanUp.after(() => {
    child.kill("SIGTERM")
    return exited
  })
  while (!(await takesConnections(address))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${program} ended: ${said}`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  return address
}

function takesConnections(address: Address): Promise<boolean> {
  return new Promise(resolve => {
    const socket = net.connect({ ...address })
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false))
    socket.once("connect", () => socket.destroy())
  })
}
