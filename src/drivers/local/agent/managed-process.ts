import type { ChildProcess } from "node:child_process"
import { identifyProcess, isAlive, type ProcessIdentity } from "../../../kit/node/process-identity.ts"
import { processTree } from "./memory-gauge.ts"

export type ExitFacts = {
  readonly code: number | null
  readonly signal: string | null
  readonly atMs: number
}
export type StopStep = { readonly signal: NodeJS.Signals; readonly afterMs: number }

const pollEveryMs = 250
/** After an EOF the process is usually gone within a few milliseconds: look often, but not for long. */
const closeLook = { everyMs: 5, times: 40 }
/** Postgres that did not finish its fast shutdown gets an immediate one (it recovers from its log) before the end. */
const immediateShutdownMs = 2000

/** Meant for all that answers in its name: a database's connections have processes of their own. */
const holding: ReadonlySet<NodeJS.Signals> = new Set(["SIGSTOP", "SIGCONT"])

/**
 * What asks a process to stop, and what follows when it does not: SIGTERM -> SIGKILL; for Postgres SIGINT (fast)
 * -> SIGQUIT (immediate) -> SIGKILL. `afterMs` counts from the beginning.
 */
export function stopSteps(stopSignal: NodeJS.Signals, graceMs: number): readonly StopStep[] {
  if (stopSignal !== "SIGINT") {
    return [
      { signal: stopSignal, afterMs: 0 },
      { signal: "SIGKILL", afterMs: graceMs },
    ]
  }
  return [
    { signal: "SIGINT", afterMs: 0 },
    { signal: "SIGQUIT", afterMs: graceMs },
    { signal: "SIGKILL", afterMs: graceMs + immediateShutdownMs },
  ]
}

/** What ends a process at once: nothing a program can refuse, except for Postgres, which is told first. */
export function killSteps(stopSignal: NodeJS.Signals): readonly StopStep[] {
  if (stopSignal !== "SIGINT") return [{ signal: "SIGKILL", afterMs: 0 }]
  return [
    { signal: "SIGQUIT", afterMs: 0 },
    { signal: "SIGKILL", afterMs: immediateShutdownMs },
  ]
}

/**
 * Ends who is left of a process group whose leader is gone. A number is not given to a new process while a group
 * still has it (credentials(7)), so if no process has it now, these are the leader's own.
 */
export function endGroupLeft(leaderPid: number): void {
  if (identifyProcess(leaderPid) !== undefined) return
  try {
    process.kill(-leaderPid, "SIGKILL")
  } catch {
    // Nobody is left in it.
  }
}

/**
 * One living process and how its death is seen. Its parent is told by the kernel; an agent that adopted it looks at
 * its identity: four times a second, and at once when the process's link ends.
 */
export class ManagedProcess {
  readonly identity: ProcessIdentity
  /** Resolves when it is gone. Code and signal are known to the parent only. */
  readonly gone: Promise<ExitFacts>
  #exit: ExitFacts | undefined
  #resolveGone: (exit: ExitFacts) => void = () => {}
  #poll: NodeJS.Timeout | undefined
  #isChild: boolean
  readonly #isGroup: boolean

  /** `isGroup`: it may have children of its own (a shell, npm): they hear what it hears, and end with it. */
  constructor(identity: ProcessIdentity, child?: ChildProcess, { isGroup = false } = {}) {
    this.identity = identity
    this.#isGroup = isGroup
    this.#isChild = child !== undefined
    this.gone = new Promise(resolve => {
      this.#resolveGone = resolve
    })
    if (child === undefined) this.#poll = setInterval(() => this.#look(), pollEveryMs)
    else child.once("exit", (code, signal) => this.#end(code, signal))
  }

  get isGone(): boolean {
    return this.#exit !== undefined
  }

  /** Something hints at its death. */
  async lookClosely(): Promise<void> {
    for (let left = closeLook.times; left > 0 && !this.isGone && !this.#isChild; left--) {
      this.#look()
      await new Promise(resolve => setTimeout(resolve, closeLook.everyMs))
    }
  }

  /** Whether the signal could be sent. */
  signal(signal: NodeJS.Signals): boolean {
    if (this.isGone || (!this.#isChild && !isAlive(this.identity))) return false
    try {
      process.kill(this.#isGroup ? -this.identity.pid : this.identity.pid, signal)
      if (holding.has(signal)) this.#tellTree(signal)
      return true
    } catch {
      return false
    }
  }

  /** Its parent cannot give birth any more; a child that goes on would answer in its name. */
  #tellTree(signal: NodeJS.Signals): void {
    for (const pid of processTree(this.identity.pid).slice(1)) {
      try {
        process.kill(pid, signal)
      } catch {
        // It has ended since.
      }
    }
  }

  /** Takes the steps one after the other until it is gone. A step with SIGKILL takes its process group along. */
  async end(steps: readonly StopStep[]): Promise<ExitFacts> {
    const timers = steps.map(step => setTimeout(() => this.#take(step), step.afterMs))
    const exit = await this.gone
    for (const timer of timers) clearTimeout(timer)
    return exit
  }

  #take(step: StopStep): void {
    if (!this.signal(step.signal) || step.signal !== "SIGKILL") return
    try {
      process.kill(-this.identity.pid, "SIGKILL")
    } catch {
      // No group of its own, or nobody left in it.
    }
  }

  #look(): void {
    if (!isAlive(this.identity)) this.#end(null, null)
  }

  #end(code: number | null, signal: string | null): void {
    if (this.#exit !== undefined) return
    clearInterval(this.#poll)
    if (this.#isGroup) endGroupLeft(this.identity.pid)
    this.#exit = { code, signal, atMs: Date.now() }
    this.#resolveGone(this.#exit)
  }
}
