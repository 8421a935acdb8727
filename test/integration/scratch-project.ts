import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { paths } from "../../src/boot/project-paths.ts"
import type { AdminAccess } from "../../src/boot/service/admin-access.ts"
import { freePort } from "../../src/kit/node/free-port.ts"
import type { StateView } from "../../src/wire/admin.ts"
import { killAndAwait, processesBelow } from "./processes.ts"
import { until } from "./until.ts"

const main = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url))
/** For whoever wants more of a service than an answer. */
export const beigelApp = fileURLToPath(new URL("../../apps/beigel/app.ts", import.meta.url))
const ownCache = fileURLToPath(new URL("../../.banyan/cache", import.meta.url))

/**
 * The databases' templates that this checkout has made. What else it keeps there changes while other tests run: compiled
 * code, and what is not whole yet.
 */
function ownTemplates(): string[] {
  if (!existsSync(ownCache)) return []
  const names = readdirSync(ownCache).filter(name => name.startsWith("postgres-"))
  return names.map(name => join(ownCache, name))
}

/** A command that takes longer hangs: it is killed, and its test fails. */
const commandTimeoutMs = 5 * 60_000

/** The smallest service there is: it says which process answered. */
export const tinyApp = `export default {
  name: "tiny",
  web: () => ({ fetch: () => new Response(String(process.pid)) }),
}
`

export type ProjectOptions = {
  /** Source of app.ts. */
  readonly app?: string
  /** Laid over the scratch project's own configuration. */
  readonly config?: Readonly<Record<string, unknown>>
  /** Where its folder is made. */
  readonly parent?: string
}

export type Ended = { readonly code: number | null; readonly signal: string | null } & Words
type Words = { readonly stdout: string; readonly stderr: string }

/** A command that runs: what it has said so far, and its end. */
export type Command = {
  readonly child: ChildProcess
  readonly said: () => string
  readonly ended: Promise<Ended>
}

/**
 * A project folder with a service in it, driven by the real command line and looked at from outside: its ports, its
 * files, its processes.
 */
export class ScratchProject {
  readonly folder: string
  readonly port: number
  readonly adminPort: number

  private constructor(folder: string, port: number, adminPort: number) {
    this.folder = folder
    this.port = port
    this.adminPort = adminPort
  }

  static async create(options: ProjectOptions = {}): Promise<ScratchProject> {
    const folder = mkdtempSync(join(options.parent ?? tmpdir(), "banyan-"))
    const project = new ScratchProject(folder, await freePort(), await freePort())
    project.write("app.ts", options.app ?? tinyApp)
    project.configure(options.config ?? {})
    // To copy a template takes a tenth of making one. Not cpSync: folders would lose their modes, which Postgres looks at.
    const templates = ownTemplates()
    const cache = project.at(".banyan/cache")
    if (templates.length > 0) {
      mkdirSync(cache, { recursive: true, mode: 0o700 })
      execFileSync("cp", ["-a", ...templates, cache])
    }
    return project
  }

  at(path: string): string {
    return join(this.folder, path)
  }

  read(path: string): string {
    return readFileSync(this.at(path), "utf8")
  }

  write(path: string, text: string): void {
    writeFileSync(this.at(path), text)
  }

  configure(config: Readonly<Record<string, unknown>>): void {
    const { port, adminPort } = this
    const whole = { app: "app.ts", port, adminPort, web: { drainTimeoutMs: 1000 }, ...config }
    this.write("banyan.config.ts", `export default ${JSON.stringify(whole, null, 2)}\n`)
  }

  /** Runs a command of banyan and waits for its end. */
  banyan(...args: readonly string[]): Promise<Ended> {
    return this.begin(...args).ended
  }

  /** Begins a command of banyan. */
  begin(...args: readonly string[]): Command {
    return this.beginWith({}, ...args)
  }

  /** With these variables in its environment. */
  beginWith(env: Readonly<Record<string, string>>, ...args: readonly string[]): Command {
    const { PORT: _, ...inherited } = process.env
    const child = spawn(process.execPath, [main, ...args], {
      cwd: this.folder,
      env: { ...inherited, NO_COLOR: "1", ...env },
      stdio: ["ignore", "pipe", "pipe"],
    })
    const impatience = setTimeout(() => child.kill("SIGKILL"), commandTimeoutMs)
    const words = { stdout: "", stderr: "" }
    child.stdout.setEncoding("utf8").on("data", text => (words.stdout += text))
    child.stderr.setEncoding("utf8").on("data", text => (words.stderr += text))
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once("error", reject)
      child.once("close", (code, signal) => {
        clearTimeout(impatience)
        resolve({ code, signal, ...words })
      })
    })
    return { child, said: () => words.stdout + words.stderr, ended }
  }

  /** Runs a command that must succeed; resolves with what it put on stdout. */
  async succeed(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.banyan(...args)
    if (code !== 0) throw new Error(`banyan ${args.join(" ")} ended with ${code}\n${stdout}\n${stderr}`)
    return stdout
  }

  /** Where its admin API is; throws when nothing has run here. */
  admin(): AdminAccess {
    return JSON.parse(this.read(paths.admin))
  }

  async state(): Promise<StateView> {
    return JSON.parse(await this.succeed("status", "--json"))
  }

  /** Waits for a state; the control plane may be away meanwhile. */
  stateWhere(what: string, isSo: (state: StateView) => boolean): Promise<StateView> {
    return until(what, async () => {
      const state = await this.#askState()
      return state !== undefined && isSo(state) ? state : undefined
    })
  }

  settled(): Promise<StateView> {
    return this.stateWhere("a settled service", state => state.settled)
  }

  /** A settled service whose supervisor is another one than before. */
  settledByAnother(formerPid: number | undefined): Promise<StateView> {
    return this.stateWhere("another supervisor", now => now.settled && now.supervisor.pid !== formerPid)
  }

  async agentPid(): Promise<number> {
    const found = processesBelow(this.folder).find(({ command }) => command.includes("src/boot/agent.ts"))
    if (found === undefined) throw new Error("no agent runs in the scratch folder")
    return found.pid
  }

  /** One request on a connection of its own. */
  get(path = "/", port = this.port): Promise<Response> {
    return fetch(`http://127.0.0.1:${port}${path}`, {
      headers: { connection: "close" },
      signal: AbortSignal.timeout(20_000),
    })
  }

  /**
   * Takes down what runs and removes the folder, however the tests ended. Throws when a process outlived the down:
   * nothing may be left behind.
   */
  async remove(): Promise<void> {
    if (processesBelow(this.folder).length > 0) {
      const { code } = await this.banyan("down", "--yes", "--drain", "500ms")
      if (code !== 0) await this.banyan("down", "--now", "--yes")
    }
    const left = processesBelow(this.folder).map(({ pid, command }) => `${pid} ${command}`)
    await killAndAwait(() => processesBelow(this.folder).map(({ pid }) => pid))
    rmSync(this.folder, { recursive: true, force: true })
    if (left.length > 0) throw new Error(`left running: ${left.join("; ")}`)
  }

  async #askState(): Promise<StateView | undefined> {
    try {
      const { url, token } = this.admin()
      const headers = { authorization: `Bearer ${token}` }
      const answer = await fetch(`${url}/api/state`, { headers, signal: AbortSignal.timeout(5000) })
      return answer.ok ? ((await answer.json()) as StateView) : undefined
    } catch {
      return undefined
    }
  }
}
