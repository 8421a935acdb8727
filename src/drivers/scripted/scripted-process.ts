import { rolesOf } from "../../topology/topology.ts"
import { zeroEpoch } from "../../wire/epoch.ts"
import type { ServiceMap } from "../../wire/map.ts"
import type { InstanceSpec } from "../driver.ts"

/** What goes wrong with an instance, and when. Read at the moment it matters, so a test may change it any time. */
export type InstanceScript = {
  /** `start` rejects with this instead of starting. */
  readonly failStart?: Error
  readonly startTakesMs?: number
  /** Programs that do not report (databases): ready after this long; never when `"never"`. Default: at once. */
  readonly readyAfterMs?: number | "never"
  /** Ends by itself, with this code, so long after its start. */
  readonly exitAfterMs?: number
  readonly exitCode?: number
  /** How long it takes to leave after it was asked; killed when that is over the grace. Default: it decides itself. */
  readonly stopTakesMs?: number
  /** Every event about it is told twice. */
  readonly duplicateEvents?: boolean
}

/** What a scripted process is told at birth, and how it says that it has ended. */
export type ScriptedBirth = {
  readonly spec: InstanceSpec
  readonly map: ServiceMap
  readonly token: string
  readonly pid: number
  exit(code: number | null, signal: string | null): void
}

/** A process in memory. */
export type ScriptedProcess = {
  /** Asked politely (SIGTERM): leaves through `birth.exit` when it has finished. */
  stop(): void
  /** Any other signal; after SIGKILL nothing more may come from it. */
  signal(signal: NodeJS.Signals): void
  /** How long it has not answered its driver. Left out: this driver cannot tell. */
  silentMs?(): number
  memoryBytes?(): number
}

/** Of a database that comes back where it was: its folder says all. */
export const noMap: ServiceMap = {
  wire: 1,
  epoch: zeroEpoch,
  stage: "single",
  fronts: [],
  backends: [],
  databases: [],
  settings: { drainTimeoutMs: 1 },
}

export function reports(spec: InstanceSpec): boolean {
  return !rolesOf[spec.group].includes("primary")
}

export function inertProcess(birth: ScriptedBirth): ScriptedProcess {
  return { stop: () => birth.exit(0, null), signal: () => {}, memoryBytes: () => 2 ** 20 }
}
