import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { resolve } from "node:path"
import type { Asked } from "../boot/asked.ts"
import { paths } from "../boot/project-paths.ts"
import { AdminClient } from "../boot/service/admin-client.ts"
import { agentPid } from "../boot/service/agent-pid.ts"
import { endNow, hasEnded } from "../boot/service/down.ts"
import { startService, watchUntilSettled } from "../boot/service/up.ts"
import { isBanyanError } from "../kit/errors.ts"
import { freePort } from "../kit/node/free-port.ts"
import type { StageName } from "../topology/topology.ts"
import type { Change, PlanView, StateView } from "../wire/admin.ts"
import { guarded } from "./faults/guard.ts"
import { hasEnded as isGone, processTree } from "./faults/process-tree.ts"
import { loadError } from "./load/load-errors.ts"

export type ScratchOptions = {
  /** Path of the app module; the drill's own folder is the working directory afterwards. */
  readonly app: string
  readonly drainTimeoutMs: number
  /** Where its `.banyan` lies, when that is not the drill's folder. Its owner takes it away after the end. */
  readonly home?: string
  /** How long a process may be silent before it counts as hung. Default: the product's own. */
  readonly hungAfterMs?: number
  /** Crashes may be planted in its supervisor. */
  readonly faults?: boolean
  /** URLs of modules every process of it loads first; needs `faults`. */
  readonly preload?: readonly string[]
  /** The rung of the ladder it starts on; `single` when left out. */
  readonly stage?: StageName
  /** How many web instances it starts with, on a rung that has some; the rung's own number when left out. */
  readonly webInstances?: number
  /** What its configuration says of `data`; a path in it is of the drill's folder. */
  readonly data?: Readonly<Record<string, unknown>>
  readonly appOptions?: Readonly<Record<string, string | number | boolean>>
  /** Ends every wait for the service with the signal's reason; `end` still takes it down. */
  readonly signal?: AbortSignal
}

/** How long the first start and any one plan of a drill may take before the drill fails. */
const settleTimeoutMs = 120_000

/**
 * A real service in a folder of its own: real processes, a real database, started by the same code as `npm start`,
 * looked at only from outside: the public port, the admin API, the process list.
 */
export class ScratchService {
  readonly folder: string
  readonly port: number
  readonly admin: AdminClient
  readonly #cwd: string
  readonly #options: ScratchOptions
  readonly #release: () => void

  private constructor(
    folder: string,
    port: number,
    admin: AdminClient,
    cwd: string,
    options: ScratchOptions,
    release: () => void,
  ) {
    this.folder = folder
    this.port = port
    this.admin = admin
    this.#cwd = cwd
    this.#options = options
    this.#release = release
  }

  /** Starts it and waits until it is settled. The process's working directory moves to the drill's folder. */
  static async start(name: string, options: ScratchOptions): Promise<ScratchService> {
    const cwd = process.cwd()
    const app = resolve(options.app)
    const parent = resolve(".banyan", "drills")
    mkdirSync(parent, { recursive: true, mode: 0o700 })
    const folder = mkdtempSync(`${parent}/${name}-`)
    const port = await freePort()
    const config = {
      app,
      port,
      adminPort: await freePort(),
      ...(options.stage === undefined ? {} : { stage: options.stage }),
      web: {
        drainTimeoutMs: options.drainTimeoutMs,
        ...(options.webInstances === undefined ? {} : { instances: options.webInstances }),
      },
      ...(options.hungAfterMs === undefined ? {} : { hungAfterMs: options.hungAfterMs }),
      ...(options.data === undefined ? {} : { data: options.data }),
    }
    writeConfig(folder, config)
    if (options.home !== undefined) symlinkSync(options.home, `${folder}/${paths.home}`)
    process.chdir(folder)
    const release = guarded({ kind: "service", folder })
    const running = await startService(askedOf(options)).catch(async error => {
      // Its agent may live although its supervisor never answered.
      await endNow()
      release()
      process.chdir(cwd)
      if (!isWorthALook(error, options.signal)) removeFolder(folder)
      throw error
    })
    const service = new ScratchService(folder, port, new AdminClient(running), cwd, options, release)
    try {
      await watchUntilSettled(running, settleTimeoutMs, () => options.signal?.throwIfAborted())
    } catch (error) {
      await service.end(isWorthALook(error, options.signal))
      throw error
    }
    return service
  }

  /** Writes other fields into its configuration file; `apply` is for whoever asks. */
  configure(fields: object): void {
    const text = readFileSync(configFileOf(this.folder), "utf8")
    writeConfig(this.folder, { ...JSON.parse(text.slice(exportWords.length)), ...fields })
  }

  /**
   * Ends every process of it at the same moment, as when the machine stops: nobody is told, nothing is ended in order.
   * Resolves when nobody is left.
   */
  async crash(): Promise<void> {
    do {
      const pids = processTree(await agentPid())
      for (const pid of pids) kill(pid)
      await until(async () => pids.every(isGone) || undefined, "the end of every process")
      // A front door may have brought its agent back in between.
    } while (!(await hasEnded()))
  }

  /** Starts it in its folder again, and waits until it is settled; it answers where it did before. */
  async restart(): Promise<void> {
    const running = await startService(askedOf(this.#options))
    await watchUntilSettled(running, settleTimeoutMs, () => this.#options.signal?.throwIfAborted())
  }

  /** Asks for a change and waits until its plan has ended. Throws when it did not end well. */
  async change(change: Change): Promise<PlanView | null> {
    const plan = await this.admin.change(change)
    if (plan === null) return null
    const ended = await this.#until(async () => {
      const now = await this.admin.plan(plan.id)
      return ["done", "undone", "failed"].includes(now.state) ? now : undefined
    }, `plan ${plan.id}`)
    if (ended.state !== "done")
      throw new Error(`plan ${ended.id} (${ended.trigger}) is ${ended.state}: ${ended.error?.message}`)
    return ended
  }

  /** Waits until the state satisfies `ready`; the admin API may be away in between. */
  async waitFor(what: string, ready: (state: StateView) => boolean): Promise<StateView> {
    return this.#until(async () => {
      const state = await this.admin.state().catch(() => undefined)
      return state !== undefined && ready(state) ? state : undefined
    }, what)
  }

  async settled(): Promise<StateView> {
    return this.waitFor("a settled service", state => state.settled)
  }

  /** Takes everything down; keeps the folder when the drill failed, so that its logs can be read. */
  async end(keepFolder: boolean): Promise<void> {
    // Who interrupts a drill does not wait for plans, nor for a supervisor that may be dead at that moment.
    if (this.#options.signal?.aborted !== true) await this.#down()
    // Asks the agent: nobody may have heard the wish to go down.
    await endNow()
    this.#release()
    process.chdir(this.#cwd)
    if (!keepFolder) removeFolder(this.folder)
    else if (this.#options.home !== undefined) bringHome(this.folder)
  }

  async #down(): Promise<void> {
    await this.admin.down(2000).catch(() => {})
    await until(async () => ((await this.admin.state().catch(() => undefined)) ? undefined : true), "the end")
  }

  #until<T>(look: () => Promise<T | undefined>, what: string): Promise<T> {
    return until(look, what, this.#options.signal)
  }
}

const exportWords = "export default "
const configFileOf = (folder: string) => `${folder}/banyan.config.ts`

function writeConfig(folder: string, config: object): void {
  writeFileSync(configFileOf(folder), `${exportWords}${JSON.stringify(config, null, 2)}\n`)
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL")
  } catch {
    // It ended by itself, as the server's processes do without their parent.
  }
}

function askedOf({ appOptions = {}, faults, preload }: ScratchOptions): Asked {
  return {
    appOptions,
    ...(faults === undefined ? {} : { faults }),
    ...(preload === undefined ? {} : { preload }),
  }
}

async function until<T>(look: () => Promise<T | undefined>, what: string, signal?: AbortSignal): Promise<T> {
  const deadlineMs = Date.now() + settleTimeoutMs
  while (Date.now() < deadlineMs) {
    signal?.throwIfAborted()
    const seen = await look()
    if (seen !== undefined) return seen
    await new Promise(resolve => setTimeout(resolve, 20))
  }
  throw loadError("BN3004", { what, timeoutMs: settleTimeoutMs })
}

/** Whoever is just leaving may put a last file there: a folder that is not empty at first is tried again. */
function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
}

/** What tells what happened comes from a disk that will be taken away into the folder that is kept. */
function bringHome(folder: string): void {
  const [link, copy] = [`${folder}/${paths.home}`, `${folder}/kept`]
  for (const path of [paths.logs, paths.journal])
    cpSync(`${folder}/${path}`, path.replace(paths.home, copy), { recursive: true })
  rmSync(link)
  renameSync(copy, link)
}

/**
 * Whether the folder is kept after an error. Not when it was interrupted, nor when what the user asked for cannot be:
 * then the words say all, and no log says more.
 */
export function isWorthALook(error: unknown, signal: AbortSignal | undefined): boolean {
  return signal?.aborted !== true && !(isBanyanError(error) && error.fault === "user")
}
