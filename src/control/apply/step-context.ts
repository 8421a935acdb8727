import type { Driver } from "../../drivers/driver.ts"
import type { Clock } from "../../kit/clock.ts"
import type { Topology } from "../../topology/topology.ts"
import type { Epoch } from "../../wire/epoch.ts"
import type { ServiceMap } from "../../wire/map.ts"
import type { World } from "../observe/world.ts"
import type { ConnectionShare } from "./connection-share.ts"
import type { Publisher } from "./publisher.ts"

/** What steps are carried out with. */
export type StepContext = {
  readonly world: World
  readonly driver: Driver
  readonly publisher: Publisher
  readonly clock: Clock
  readonly version: string
  readonly readyTimeoutMs: number
  readonly hungAfterMs: number
  readonly drainDeadlineMs: () => number
  readonly epoch: () => Epoch
  readonly map: () => ServiceMap
  readonly desired: () => Topology
  readonly connectionShare: ConnectionShare
  /** Where an instance's log is, for words. */
  readonly logOf: (id: string) => string
  /** The last an instance said of itself. */
  readonly wordsOf: (id: string) => string | undefined
}
