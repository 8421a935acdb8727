import type { ChildProcess } from "node:child_process"
import { rmSync } from "node:fs"
import { z } from "zod"
import { type LoadDesk, noLoad } from "../../control/api/load-desk.ts"
import type { Control } from "../../control/control.ts"
import { controlError } from "../../control/control-errors.ts"
import { writeFileAtomic } from "../../kit/node/atomic-file.ts"
import { readJsonFile } from "../../kit/node/json-file.ts"
import type { Log } from "../../telemetry/log.ts"
import { type LoadView, loadBounds } from "../../wire/admin.ts"
import type { Asked } from "../asked.ts"
import { bootError } from "../boot-errors.ts"
import { forkNode } from "../instance/fork-node.ts"
import { paths } from "../project-paths.ts"
import type { LoadBeat, LoadOrder, LoadWord } from "./load-order.ts"

const stopTimeoutMs = 12_000
const keptFailures = 5

const keptSchema = z.strictObject({ rps: z.number().positive(), untilMs: z.number() })

export type LoadKeeperOptions = {
  readonly control: Control
  readonly target: { readonly host: string; readonly port: number }
  readonly asked: Asked
  readonly log: Log
}

/**
 * Keeps the generator that the console starts: a process of its own, that ends with the service. When the supervisor dies the
 * generator does too; the next supervisor starts another one for what is left of its time.
 */
export class LoadKeeper implements LoadDesk {
  readonly #options: LoadKeeperOptions
  readonly #unsubscribe: () => void
  #view: LoadView = noLoad
  #child: ChildProcess | undefined
  #late: NodeJS.Timeout | undefined

  constructor(options: LoadKeeperOptions) {
    this.#options = options
    this.#unsubscribe = options.control.events.subscribe(({ event }) => {
      if (event.type === "plan" && event.plan.trigger === "down") this.stop()
    })
  }

  view(): LoadView {
    return this.#view
  }

  /** What was under way when the former supervisor died. */
  resume(): void {
    const kept = readJsonFile(paths.load, keptSchema)
    const { loadProgram } = this.#options.asked
    if (loadProgram !== undefined && kept !== undefined && kept.untilMs > Date.now())
      this.#begin(kept.rps, kept.untilMs)
  }

  start(rps: number): LoadView {
    if (this.#options.asked.loadProgram === undefined) throw bootError("BN3110")
    if (this.#options.control.state().plan?.trigger === "down") throw controlError("BN1307")
    const untilMs = Date.now() + loadBounds.forMs
    writeFileAtomic(paths.load, JSON.stringify({ rps, untilMs }))
    return this.#begin(rps, untilMs)
  }

  stop(): LoadView {
    rmSync(paths.load, { force: true })
    const child = this.#child
    if (child === undefined) return this.#view
    if (child.connected) child.send("stop")
    this.#late ??= setTimeout(() => child.kill("SIGKILL"), stopTimeoutMs)
    return this.#view
  }

  /** The supervisor ends; the next one goes on with what is under way. */
  close(): void {
    this.#unsubscribe()
    clearTimeout(this.#late)
    const child = this.#child
    this.#child = undefined
    child?.kill("SIGKILL")
  }

  #begin(rps: number, untilMs: number): LoadView {
    const nowMs = Date.now()
    if (this.#child === undefined || this.#late !== undefined) {
      this.#child = this.#fork()
      const since = { state: "preparing", sinceMs: nowMs } as const
      this.#view = { ...noLoad, ...since, rps, untilMs }
    }
    const order: LoadOrder = { target: this.#options.target, rps, forMs: untilMs - nowMs }
    this.#child.send(order)
    return this.#tell({ rps, untilMs })
  }

  #fork(): ChildProcess {
    clearTimeout(this.#late)
    this.#late = undefined
    // Whoever starts anew does not wait for the last answers of what was ended.
    this.#child?.kill("SIGKILL")
    const { asked, log } = this.#options
    const child = forkNode(asked.loadProgram!, asked)
    child.on("message", word => this.#child === child && this.#hear(word as LoadWord))
    child.on("error", error => log.warn({ reason: error.message }, "the load generator"))
    child.once("exit", (code, signal) => this.#child === child && this.#ended(code, signal))
    return child
  }

  #hear(word: LoadWord): void {
    if (word.type === "began") this.#tell({ state: "running", mix: word.mix })
    else if (word.type === "tick") this.#tell(withTick(this.#view, word.tick))
    else if (word.type === "failures")
      this.#tell({ failures: [...word.words, ...this.#view.failures].slice(0, keptFailures) })
    else if (word.problem !== undefined) this.#tell({ problem: word.problem })
  }

  #ended(code: number | null, signal: string | null): void {
    const wasStopped = this.#late !== undefined
    clearTimeout(this.#late)
    this.#late = undefined
    this.#child = undefined
    rmSync(paths.load, { force: true })
    const { untilMs: _, last: __, ...rest } = this.#view
    const isOdd = !wasStopped && code !== 0 && rest.problem === undefined
    this.#view = rest
    this.#tell({ state: "off", ...(isOdd && { problem: `it ended (${signal ?? `code ${code}`})` }) })
  }

  #tell(change: Partial<LoadView>): LoadView {
    this.#view = { ...this.#view, ...change }
    this.#options.control.events.append({ type: "load", at: Date.now(), load: this.#view })
    return this.#view
  }
}

function withTick({ totals, last }: LoadView, tick: LoadBeat): Partial<LoadView> {
  const at = Date.now()
  const seconds = last === undefined ? 1 : Math.max(0.2, (at - last.at) / 1000)
  const { sent, ok, failed, outstanding, latencyMs } = tick
  return {
    last: {
      at,
      sentPerSecond: sent / seconds,
      failedPerSecond: failed / seconds,
      p95: latencyMs.p95,
      outstanding,
    },
    totals: { sent: totals.sent + sent, ok: totals.ok + ok, failed: totals.failed + failed },
  }
}
