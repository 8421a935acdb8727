import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createInterface } from "node:readline"
import type { TestContext } from "node:test"

/** Clears a dead socket away and listens, with the product's own code; answers each byte with the pid. */
const server = `
  import { createServer } from "node:net"
  import { listen } from ${JSON.stringify(new URL("../../../tiers/web/listen.ts", import.meta.url).href)}
  const server = createServer(socket => {
    socket.on("error", () => {})
    socket.on("data", () => socket.write(process.pid + ";"))
  })
  process.on("SIGTERM", () => server.close(() => process.exit()))
  await listen(server, { path: process.argv[1] })
  console.log("listening")
`

/** Connects, asks, hears and leaves, again and again, until SIGTERM; then tells what it saw. */
const hammer = `
  import { connect } from "node:net"
  const counts = { ok: 0 }
  let stop = false
  process.on("SIGTERM", () => (stop = true))
  const once = () => new Promise(resolve => {
    const socket = connect(process.argv[1], () => socket.write("?"))
    const tell = what => { counts[what] = (counts[what] ?? 0) + 1; socket.destroy(); resolve() }
    socket.on("data", () => tell("ok"))
    socket.on("error", error => tell(error.code))
    socket.on("end", () => tell("end"))
  })
  console.log("hammering")
  while (!stop) await once()
  console.log(JSON.stringify(counts))
`

export type SocketProcess = {
  readonly child: ChildProcess
  readonly nextLine: () => Promise<string>
}

/** `path` may be relative to `cwd`. Resolves when it listens; gone with the test. */
export function serverProcess(t: TestContext, path: string, cwd?: string): Promise<SocketProcess> {
  return start(t, server, path, cwd)
}

export function hammerProcess(t: TestContext, path: string): Promise<SocketProcess> {
  return start(t, hammer, path)
}

async function start(t: TestContext, script: string, path: string, cwd?: string): Promise<SocketProcess> {
  const argv = ["--input-type=module", "-e", script, path]
  const child = spawn(process.execPath, argv, { cwd, stdio: ["ignore", "pipe", "inherit"] })
  t.after(() => child.kill("SIGKILL"))
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const nextLine = async () => String((await lines.next()).value)
  await nextLine()
  return { child, nextLine }
}

export async function endProcess({ child }: SocketProcess, signal: NodeJS.Signals): Promise<void> {
  const exited = once(child, "exit")
  child.kill(signal)
  await exited
}
