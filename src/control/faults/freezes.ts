import type { InstanceId } from "../../topology/topology.ts"
import { whileDetachedRetry } from "../apply/driver-calls.ts"
import type { ControlOptions } from "../control.ts"
import { controlError } from "../control-errors.ts"
import type { EventLog } from "../event-log.ts"
import { livingInstance } from "../instance-wish.ts"
import type { World } from "../observe/world.ts"
import type { Frozen } from "./freeze-store.ts"

export type FreezesOptions = Pick<ControlOptions, "clock" | "log"> & {
  readonly store: NonNullable<ControlOptions["freezes"]>
  readonly world: World
  readonly events: EventLog
  readonly signal: (id: InstanceId, signal: NodeJS.Signals) => Promise<void>
}

/**
 * Processes that somebody has made stand still, each for a time that is said beforehand. It ends though the control plane
 * dies: it is written down before anybody is stopped, and the next one lets them go.
 */
export class Freezes {
  readonly #options: FreezesOptions
  readonly #timers = new Map<string, () => void>()
  readonly #over = new AbortController()
  #frozen: readonly Frozen[]

  constructor(options: FreezesOptions) {
    this.#options = options
    this.#frozen = options.store.read()
    const frozenUntilMs = (id: string) => this.#of(id)?.untilMs
    options.world.marks = { ...options.world.marks, frozenUntilMs }
  }

  /** Goes on with those of an earlier control plane. */
  resume(): void {
    for (const frozen of this.#frozen) this.#thawLater(frozen)
  }

  /** Frozen anew it stands still until the new end. Throws BN1306. */
  async freeze(named: string, forMs: number): Promise<number> {
    const { world, clock, events, signal } = this.#options
    const { id, startedAtMs } = livingInstance(world, named)
    const frozen = { id, startedAtMs, untilMs: clock.nowMs() + forMs }
    const former = this.#of(id)
    this.#keep([...this.#frozen.filter(each => each.id !== id), frozen])
    try {
      await signal(id, "SIGSTOP")
    } catch (error) {
      this.#keep([...this.#frozen.filter(each => each !== frozen), ...(former === undefined ? [] : [former])])
      throw error
    }
    this.#thawLater(frozen)
    const words = `${id} was frozen for ${seconds(forMs)}`
    events.append({ type: "fault", at: clock.nowMs(), id, fault: "freeze", words })
    return frozen.untilMs
  }

  /** Throws BN1356. */
  async thaw(id: string): Promise<void> {
    const frozen = this.#of(id)
    if (frozen === undefined) throw controlError("BN1356", { id })
    await this.#thaw(frozen)
  }

  /** Who is to be killed must be able to die: children that stand still would not see that their parent has ended. */
  async release(id: string): Promise<void> {
    const frozen = this.#of(id)
    if (frozen !== undefined) await this.#thaw(frozen)
  }

  close(): void {
    this.#over.abort()
    for (const cancel of this.#timers.values()) cancel()
  }

  #of(id: string): Frozen | undefined {
    const startedAtMs = this.#options.world.instance(id)?.startedAtMs
    return this.#frozen.find(each => each.id === id && each.startedAtMs === startedAtMs)
  }

  #thawLater(frozen: Frozen): void {
    const { clock, log } = this.#options
    this.#timers.get(frozen.id)?.()
    const waitMs = Math.max(0, frozen.untilMs - clock.nowMs())
    const thaw = () => {
      // To go on may be told twice: nobody stands still for want of an agent at that moment.
      const gone = whileDetachedRetry(() => this.#thaw(frozen), clock, this.#over.signal)
      gone.catch(error => log.error({ err: error }, `thaw ${frozen.id}`))
    }
    this.#timers.set(frozen.id, clock.after(waitMs, thaw))
  }

  async #thaw(frozen: Frozen): Promise<void> {
    const { id } = frozen
    const { signal, events, clock, world } = this.#options
    const isThere = this.#of(id) === frozen && world.instance(id)?.state !== "exited"
    if (isThere) await signal(id as InstanceId, "SIGCONT")
    // Frozen anew, or let go by somebody else meanwhile.
    if (!this.#frozen.includes(frozen)) return
    this.#timers.get(id)?.()
    this.#keep(this.#frozen.filter(each => each !== frozen))
    const words = isThere ? `${id} goes on` : `${id} ended while it was frozen`
    events.append({ type: "fault", at: clock.nowMs(), id, fault: "thaw", words })
  }

  #keep(frozen: readonly Frozen[]): void {
    this.#options.store.write(frozen)
    this.#frozen = frozen
  }
}

function seconds(ms: number): string {
  return `${ms / 1000} s`
}
