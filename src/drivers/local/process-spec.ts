import type { GroupName, InstanceId } from "../../topology/topology.ts"
import type { Address, Program, ServiceMap } from "../../wire/map.ts"
import type { DriverInstance, InstanceSpec } from "../driver.ts"

/** A process in words: everything the agent needs to spawn it. The agent knows nothing else of it. */
export type ProcessSpec = {
  readonly id: InstanceId
  readonly group: GroupName
  readonly version: string
  readonly argv: readonly [string, ...string[]]
  /** Whole environment; nothing is inherited. No secret is in it, but in a program's its own. Never stored, never logged. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly uid?: number
  readonly gid?: number
  /** The shared sockets it inherits: as fd 3, and where there is one for TLS, that as fd 5. */
  readonly listen?: "public"
  /** What it is told at birth on fd 4 (wire/launch). Never stored, never logged. */
  readonly payload?: string
  readonly tokenHash: string
  readonly address: Address
  /** A folder only one living process may own (a database's data folder). */
  readonly dataFolder?: string
  /** A program of the user's own: signals go to its whole process group, and nobody of that outlives it. */
  readonly program?: Program
  /** What asks it to stop: SIGTERM, or SIGINT for Postgres (fast shutdown). */
  readonly stopSignal: NodeJS.Signals
  /** stdout and stderr, appended. */
  readonly logFile: string
}

/** How one group is brought to life on this machine. boot hands the driver a table of these. */
export interface Starter {
  /** Puts everything in place (data folder, secrets) and says the words. Idempotent. */
  prepare(spec: InstanceSpec, map: ServiceMap): Promise<ProcessSpec>
  /** For what does not report: resolves once it answers, rejects when it will not. */
  waitReady?(instance: DriverInstance, pid: number, signal: AbortSignal): Promise<void>
}

export type Starters = Readonly<Record<GroupName, Starter>>
