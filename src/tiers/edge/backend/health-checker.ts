import type { Clock } from "../../../kit/clock.ts"
import type { Backend } from "../../../wire/map.ts"
import type { EdgeLimits } from "../edge.ts"
import type { HealthEvent } from "./backend-health.ts"
import { checkHealth } from "./health-check.ts"

/** Checks one backend again and again: each second while it is well, at once and then fast when it may not be. */
export class HealthChecker {
  readonly #entry: Pick<Backend, "address" | "program">
  readonly #limits: EdgeLimits
  readonly #clock: Clock
  readonly #tell: (event: HealthEvent) => void
  readonly #isWell: () => boolean
  #running: { cancel(): void } | undefined
  #cancelNext = () => {}
  /** Something happened while a check was on its way: its result may be older than that. */
  #again = false
  #stopped = false

  constructor(
    entry: Pick<Backend, "address" | "program">,
    limits: EdgeLimits,
    clock: Clock,
    tell: (event: HealthEvent) => void,
    isWell: () => boolean,
  ) {
    this.#entry = entry
    this.#limits = limits
    this.#clock = clock
    this.#tell = tell
    this.#isWell = isWell
  }

  /** Also starts it anew after `stop`. */
  checkNow(): void {
    this.#stopped = false
    if (this.#running !== undefined) {
      this.#again = true
      return
    }
    this.#cancelNext()
    const { address, program } = this.#entry
    const check = checkHealth(address, this.#limits.healthTimeoutMs, this.#clock, program)
    this.#running = check
    check.result.then(event => this.#finished(event))
  }

  stop(): void {
    this.#stopped = true
    this.#again = false
    this.#cancelNext()
    this.#running?.cancel()
  }

  #finished(event: HealthEvent): void {
    this.#running = undefined
    if (this.#stopped) return
    if (this.#again) {
      this.#again = false
      // Silence is no older than its end; without this, one that is asked for often would never be told.
      if (event === "check-timed-out") this.#tell(event)
      this.checkNow()
      return
    }
    this.#tell(event)
    const { healthIntervalMs, unhealthyIntervalMs } = this.#limits
    const delayMs = this.#isWell() ? healthIntervalMs : unhealthyIntervalMs
    this.#cancelNext = this.#clock.after(delayMs, () => this.checkNow())
  }
}
