import { execFile, spawn } from "node:child_process"
import { mkdirSync, rmSync } from "node:fs"
import { readFile, stat } from "node:fs/promises"
import { join, resolve } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"
import { promisify } from "node:util"
import { writeFileAtomic } from "../../kit/node/atomic-file.ts"
import { identifyProcess, isAlive } from "../../kit/node/process-identity.ts"
import {
  type DrillOutput,
  type DrillRequest,
  type DrillRunView,
  type DrillsView,
  type DrillView,
  drillSchema,
} from "../../wire/admin.ts"
import { bootError } from "../boot-errors.ts"
import { nodeEnvironment } from "../instance/node-environment.ts"
import { readAt, withFile } from "../logs/read-at.ts"
import { type Run, type RunRecord, readRun, readRuns, runFiles, runIds } from "./run-files.ts"

const keptRuns = 20
const longestOutputBytes = 64 * 1024
const largestReportBytes = 32 * 2 ** 20
const listTimeoutMs = 30_000
/** Taking a drill's service down takes seconds. */
const endTimeoutMs = 30_000
const endPollMs = 50

const processEntry = fileURLToPath(new URL("./drill-process.ts", import.meta.url))

/** Runs drills for the admin API, one at a time, each in a process that outlives this one; what is known of them lies in `folder`. */
export class DrillDesk {
  readonly #folder: string
  readonly #commandLine: string | undefined
  #drills: Promise<DrillView[]> | undefined

  /** `commandLine`: its program; left out, there are no drills. */
  constructor(folder: string, commandLine: string | undefined) {
    this.#folder = resolve(folder)
    this.#commandLine = commandLine
  }

  async view(): Promise<DrillsView> {
    const drills = await this.#list()
    return { schema: 1, drills, runs: readRuns(this.#folder).map(({ view }) => view) }
  }

  /** Throws BN3111, BN3112. */
  async start({ name, short, seed }: DrillRequest): Promise<DrillRunView> {
    const known = (await this.#list()).map(drill => drill.name)
    if (!known.includes(name))
      throw bootError("BN3112", { what: `drill \`${name}\``, known: known.join(", ") })
    const [running] = this.#running()
    if (running !== undefined) throw bootError("BN3111", { id: running.view.id })
    this.#forgetOld()
    const startedAtMs = Date.now()
    const id = `${name}-${startedAtMs}`
    const folder = join(this.#folder, id)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const order = JSON.stringify({ name, short, seed })
    const child = spawn(process.execPath, [processEntry, folder, this.#commandLine ?? "", order], {
      // A session of its own: nobody's end but its own ends it.
      ...{ detached: true, stdio: "ignore", env: nodeEnvironment() },
    })
    child.on("error", () => {})
    child.unref()
    const { pid = 0 } = child
    const startedAt = identifyProcess(pid)?.startedAt ?? ""
    const record: RunRecord = { name, short, seed, startedAtMs, pid, startedAt }
    writeFileAtomic(join(folder, runFiles.run), JSON.stringify(record))
    return this.#run(id).view
  }

  /** As Ctrl-C would. Throws BN3112 where there is no such run. */
  cancel(id: string): DrillRunView {
    const { view, keeper } = this.#run(id)
    if (view.state === "running") process.kill(keeper.pid, "SIGINT")
    return view
  }

  /** Cancels what runs and waits for its end: for the end of the service. */
  async end(): Promise<void> {
    const running = this.#running()
    for (const { keeper } of running) process.kill(keeper.pid, "SIGINT")
    const untilMs = Date.now() + endTimeoutMs
    while (running.some(({ keeper }) => isAlive(keeper)) && Date.now() < untilMs) await sleep(endPollMs)
  }

  /** Throws BN3112. */
  async output(id: string, after: number): Promise<DrillOutput> {
    this.#run(id)
    const read = await withFile(join(this.#folder, id, runFiles.output), file =>
      readAt(file, after, longestOutputBytes),
    )
    const bytes = read ?? Buffer.alloc(0)
    // Whole lines; one that is longer than everything is cut.
    const end = bytes.lastIndexOf("\n") + 1 || (bytes.length === longestOutputBytes ? bytes.length : 0)
    return { schema: 1, text: bytes.toString("utf8", 0, end), next: after + end }
  }

  /** The report's bytes. Throws BN3112 where there is none (yet), or it is larger than anybody should load. */
  async report(id: string, as: "report" | "page"): Promise<Buffer<ArrayBuffer>> {
    this.#run(id)
    const path = join(this.#folder, id, runFiles[as])
    const size = (await stat(path).catch(() => undefined))?.size ?? 0
    if (size === 0 || size > largestReportBytes)
      throw bootError("BN3112", { what: `report of \`${id}\``, known: "" })
    return readFile(path)
  }

  /** Whoever knows the drills is the command line; asked once, and again where that failed. */
  #list(): Promise<DrillView[]> {
    if (this.#commandLine === undefined) return Promise.resolve([])
    this.#drills ??= drillsOf(this.#commandLine).catch(error => {
      this.#drills = undefined
      throw error
    })
    return this.#drills
  }

  #running(): Run[] {
    return readRuns(this.#folder).filter(({ view }) => view.state === "running")
  }

  #run(id: string): Run {
    const run = readRun(this.#folder, id)
    if (run === undefined) throw bootError("BN3112", { what: `run \`${id}\``, known: "" })
    return run
  }

  #forgetOld(): void {
    for (const id of runIds(this.#folder).slice(keptRuns - 1))
      rmSync(join(this.#folder, id), { recursive: true, force: true })
  }
}

async function drillsOf(commandLine: string): Promise<DrillView[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [commandLine, "drill", "--list", "--json"], {
    ...{ env: nodeEnvironment(), timeout: listTimeoutMs },
  })
  return stdout.split("\n").flatMap(line => (line === "" ? [] : [drillSchema.parse(JSON.parse(line))]))
}
