import type { ChildProcess } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { Log } from "../../telemetry/log.ts"
import type { Asked } from "../asked.ts"
import { forkNode } from "../instance/fork-node.ts"

const entryPoint = fileURLToPath(new URL("../archive-process.ts", import.meta.url))
const restartMs = 5000
/** What it has received goes to the target first; what has not gone by then waits in the database's own folder. */
const stopTimeoutMs = 10_000

/** Keeps the archive's process alive beside a supervisor; its death costs nothing but time. */
export class ArchiveKeeper {
  readonly #log: Log
  readonly #asked: Asked
  #child: ChildProcess | undefined
  #restart: NodeJS.Timeout | undefined
  #ended = false

  constructor(log: Log, asked: Asked) {
    this.#log = log
    this.#asked = asked
    this.#start()
  }

  /** Resolves once it has gone. */
  async stop(): Promise<void> {
    this.#ended = true
    clearTimeout(this.#restart)
    const child = this.#child
    if (child === undefined) return
    const gone = new Promise(resolve => child.once("exit", resolve))
    child.kill("SIGTERM")
    const late = setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs)
    await gone
    clearTimeout(late)
  }

  #start(): void {
    const child = forkNode(entryPoint, this.#asked)
    this.#child = child
    const left = (reason: string) => {
      if (this.#child !== child) return
      this.#child = undefined
      if (this.#ended) return
      this.#log.warn({ reason, restartMs }, "the archive's process ended; another one is started")
      this.#restart = setTimeout(() => this.#start(), restartMs)
    }
    child.once("error", error => left(error.message))
    child.once("exit", (code, signal) => left(`exit ${signal ?? code}`))
  }
}
