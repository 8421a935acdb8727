import type pg from "pg"
import type { Clock } from "../../../kit/clock.ts"
import type { Random } from "../../../kit/random.ts"
import type { Address } from "../../../wire/map.ts"
import type { GateLimits } from "./gate.ts"

/** The server a pool leads to. */
export type PoolTarget = {
  /** Undefined while nobody knows where it is. */
  readonly address: Address | undefined
  /** As the map calls it; undefined while nobody knows who it is. */
  readonly name?: string | undefined
  /** Throws when it cannot be reached, or is another than it should be. */
  open(): Promise<pg.Client>
}

export type PoolOptions = {
  readonly server: PoolTarget
  /** What it is called in the log; `the primary` when not given. */
  readonly serverName?: string
  /** While it is away work waits; with `false` it is refused at once, because somebody else can do it. */
  readonly waitsForReturn?: boolean
  /** It is about to end, as planned: that is no trouble. So it is in a pause. */
  readonly isLeaving?: () => boolean
  /** It stopped answering. */
  readonly onTrouble?: () => void
  /** It answers again. */
  readonly onRecovery?: () => void
  /** In a pause: nothing is under way any more. */
  readonly onQuiet?: () => void
  readonly size: number
  readonly gate: GateLimits
  readonly clock: Clock
  readonly random: Random
  readonly log: {
    error(details: object, message: string): void
    info(details: object, message: string): void
  }
}
