import type { GroupName, InstanceId } from "../../topology/topology.ts"
import { rolesOf } from "../../topology/topology.ts"

/** What its memory asks for: nothing, that another one takes its place first, or that it ends at once. */
export type MemoryJudgement = "fine" | "replace" | "kill"

/** What control believes of one instance: driver, reports and the last map, merged. */
export type ObservedInstance = {
  readonly id: InstanceId
  readonly group: GroupName
  /** `exited` also when it is on the map and no process plays it. */
  readonly life: "running" | "exited"
  /** Linked, and every role it plays has reported (a database: it answers). */
  readonly up: boolean
  /** Its front door has a healthy backend. */
  readonly frontReady: boolean
  /**
   * Its front door. `opening`: the map says open, the process has not said so yet. `closing`: the map says closed,
   * connections are left. The only front door of the map is believed to be open when it cannot be asked (no link).
   */
  readonly front: "none" | "opening" | "open" | "closing" | "drained"
  /** Its place among the backends. `routing`: on the map, some front door has not yet seen it healthy. */
  readonly backend: "none" | "routing" | "routed" | "draining" | "drained"
  /** Whether the map names it as a database. */
  readonly database: boolean
  /** Since when the map has been retiring it (front closed or backend draining); monotonic, as every time here. */
  readonly retiringSinceMs: number | undefined
  /** Lives, and nobody hears it any more (plan/hung.ts). */
  readonly hung: boolean
  /** Whether it uses more memory than it may (plan/memory.ts). */
  readonly memory: MemoryJudgement
}

/** Exits of one id in a row, without a good while of life between them. */
export type CrashCount = { readonly count: number; readonly lastAtMs: number }

export type Observed = {
  readonly instances: readonly ObservedInstance[]
  readonly crashes: Readonly<Partial<Record<InstanceId, CrashCount>>>
}

export function playsFront(instance: { readonly group: GroupName }): boolean {
  return rolesOf[instance.group].includes("edge")
}

export function playsBackend(instance: { readonly group: GroupName }): boolean {
  return rolesOf[instance.group].includes("web")
}

export function isDatabase(instance: { readonly group: GroupName }): boolean {
  return rolesOf[instance.group].includes("primary")
}
