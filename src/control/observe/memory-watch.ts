import type { DriverInstance } from "../../drivers/driver.ts"
import type { GroupName } from "../../topology/topology.ts"
import { countInVain, judgeMemory, type MemoryUse, mayReplaceAtMs } from "../plan/memory.ts"
import type { MemoryJudgement } from "../plan/observed.ts"

/** What an instance of a group may use, in bytes; a group that is left out may use all there is. */
export type MemoryLimits = Readonly<Partial<Record<GroupName, number>>>

type Life = {
  readonly group: GroupName
  readonly pid: number | undefined
  readonly use: MemoryUse
  readonly judgement: MemoryJudgement
}

/**
 * Who uses how much memory for how long. A judgement stays for the rest of a life: who was over its limit for seconds
 * and is being replaced is not kept because it shrinks meanwhile. Only the lives this control plane has seen count.
 */
export class MemoryWatch {
  readonly #limits: MemoryLimits
  readonly #lives = new Map<string, Life>()
  readonly #inVain = new Map<GroupName, number>()

  constructor(limits: MemoryLimits) {
    this.#limits = limits
  }

  /** What the driver says now. */
  see(list: readonly DriverInstance[], nowMs: number): void {
    const living = list.filter(each => each.state !== "exited")
    for (const [id, life] of this.#lives)
      if (!living.some(each => each.id === id && each.pid === life.pid)) this.#ended(id, life)
    for (const instance of living) this.#look(instance, nowMs)
  }

  judgementOf(id: string): MemoryJudgement {
    return this.#lives.get(id)?.judgement ?? "fine"
  }

  useOf(id: string): MemoryUse | undefined {
    return this.#lives.get(id)?.use
  }

  /** How old it must be to be replaced, if it is over its limit and the last replacements were in vain. */
  mustLiveMs(id: string): number | undefined {
    const life = this.#lives.get(id)
    if (life?.use.overSinceMs === undefined || life.judgement !== "fine") return undefined
    const inVain = this.#inVain.get(life.group) ?? 0
    return inVain === 0 ? undefined : mayReplaceAtMs(life.use, inVain) - life.use.bornAtMs
  }

  #look({ id, group, pid, memoryBytes: bytes }: DriverInstance, nowMs: number): void {
    const limitBytes = this.#limits[group]
    if (bytes === undefined || limitBytes === undefined) return
    const before = this.#lives.get(id)
    const { bornAtMs = nowMs, firstOverAtMs, overSinceMs } = before?.use ?? {}
    const isOver = bytes > limitBytes
    const use = {
      bytes,
      limitBytes,
      bornAtMs,
      firstOverAtMs: firstOverAtMs ?? (isOver ? nowMs : undefined),
      overSinceMs: isOver ? (overSinceMs ?? nowMs) : undefined,
    }
    const judged = judgeMemory(use, this.#inVain.get(group) ?? 0, nowMs)
    const judgement = worse(before?.judgement ?? "fine", judged)
    this.#lives.set(id, { pid, group, use, judgement })
  }

  #ended(id: string, { group, use, judgement }: Life): void {
    this.#lives.delete(id)
    if (judgement !== "fine") this.#inVain.set(group, countInVain(this.#inVain.get(group) ?? 0, use))
  }
}

function worse(one: MemoryJudgement, other: MemoryJudgement): MemoryJudgement {
  return one === "kill" || other === "fine" ? one : other
}
