import type { GroupName, InstanceId } from "../../topology/topology.ts"
import type { Address, ServiceMap } from "../../wire/map.ts"
import type { InstanceSpec } from "../driver.ts"

/** A process in words: everything the agent needs to spawn it. The agent knows nothing else of it. */
export type ProcessSpec = {
  readonly id: InstanceId
  readonly group: GroupName
  readonly version: string
  readonly argv: readonly [string, ...string[]]
  /** Whole environment; nothing is inherited, no secret is in it. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly uid?: number
  readonly gid?: number
  /** The shared socket it inherits as fd 3. */
  readonly listen?: "public"
  /** What it is told at birth on fd 4 (wire/launch). Never stored, never logged. */
  readonly payload?: string
  readonly tokenHash: string
  readonly address: Address
  /** A folder only one living process may own (a database's data folder). */
  readonly dataFolder?: string
  /** What asks it to stop: SIGTERM, or SIGINT for Postgres (fast shutdown). */
  readonly stopSignal: NodeJS.Signals
  /** stdout and stderr, appended. */
  readonly logFile: string
}

/** How one group is brought to life on this machine. boot hands the driver a table of these. */
export interface Starter {
  /** Puts everything in place (data folder, secrets) and says the words. Idempotent. */
  prepare(spec: InstanceSpec, map: ServiceMap): Promise<ProcessSpec>
  /** For programs that do not report: resolves once they answer, rejects when they will not. */
  waitReady?(spec: InstanceSpec, pid: number, signal: AbortSignal): Promise<void>
}

export type Starters = Readonly<Record<GroupName, Starter>>
