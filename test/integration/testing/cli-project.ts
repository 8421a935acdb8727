import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { get } from "node:http"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const bin = fileURLToPath(new URL("../../../bin/banyan.mjs", import.meta.url))

export type Outcome = {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** What `--json` printed, line by line. */
  readonly values: readonly Record<string, unknown>[]
}

export const helloApp = `export default { name: "hello", web: () => ({ fetch: () => new Response("hello") }) }\n`

/** A project of its own in a temporary folder, on free ports, used through the command line alone. */
export class CliProject {
  readonly folder: string
  readonly port: number

  private constructor(folder: string, port: number) {
    this.folder = folder
    this.port = port
  }

  static async create(app: string, settings: object = {}): Promise<CliProject> {
    const folder = mkdtempSync(join(tmpdir(), "banyan-cli-"))
    const [port, adminPort] = [await freePort(), await freePort()]
    const config = { name: "hello", app: "./app.ts", port, adminPort, ...settings }
    writeFileSync(join(folder, "banyan.config.ts"), `export default ${JSON.stringify(config)}\n`)
    const project = new CliProject(folder, port)
    project.writeApp(app)
    return project
  }

  writeApp(text: string): void {
    writeFileSync(join(this.folder, "app.ts"), text)
  }

  /** Runs a command to its end. Never on a terminal, so nothing is asked. */
  run(...args: string[]): Promise<Outcome> {
    return this.runWith({}, ...args)
  }

  async runWith(how: { cwd?: string; env?: Record<string, string> }, ...args: string[]): Promise<Outcome> {
    return ended(this.#spawn(how, args), args.includes("--json"))
  }

  /** Starts a command that stays; `outcome` resolves when it has ended. */
  begin(...args: string[]): { readonly child: ChildProcess; readonly outcome: Promise<Outcome> } {
    const child = this.#spawn({}, args)
    return { child, outcome: ended(child, false) }
  }

  /** On a connection of its own, closed at once: a drain waits for those that idle. */
  answers(): Promise<boolean> {
    return new Promise(resolve => {
      get({ host: "127.0.0.1", port: this.port, agent: false }, answer => {
        answer.resume()
        resolve(answer.statusCode === 200)
      }).on("error", () => resolve(false))
    })
  }

  async remove(): Promise<void> {
    await this.run("down", "--now")
    rmSync(this.folder, { recursive: true, force: true })
  }

  #spawn({ cwd = this.folder, env = {} }: { cwd?: string; env?: Record<string, string> }, args: string[]) {
    const { PORT: _, ...inherited } = process.env
    return spawn(process.execPath, [bin, ...args], {
      cwd,
      env: { ...inherited, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    })
  }
}

async function ended(child: ChildProcess, json: boolean): Promise<Outcome> {
  const read = async (stream: NodeJS.ReadableStream) => {
    let text = ""
    for await (const chunk of stream.setEncoding("utf8")) text += chunk
    return text
  }
  const exit = new Promise<[number | null, NodeJS.Signals | null]>(resolve =>
    child.once("exit", (code, signal) => resolve([code, signal])),
  )
  const [stdout, stderr, [code, signal]] = await Promise.all([read(child.stdout!), read(child.stderr!), exit])
  const lines = json && stdout !== "" ? stdout.trim().split("\n") : []
  return { code, signal, stdout, stderr, values: lines.map(line => JSON.parse(line)) }
}

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
