import type { GroupName, InstanceId } from "../../topology/topology.ts"
import { rolesOf } from "../../topology/topology.ts"
import type { Quorum } from "../../wire/map.ts"

/** What its memory asks for: nothing, that another one takes its place first, or that it ends at once. */
export type MemoryJudgement = "fine" | "replace" | "kill"

/** Of a database: its place on the map, and what its server says. */
export type ObservedDatabase = {
  /** Undefined: the map does not name it. */
  readonly place: "primary" | "replica" | undefined
  /** The map lets processes use it. */
  readonly isOpen: boolean
  /** Its driver knows of it, running or ended. What is only on the map has a data folder, and no process. */
  readonly isListed: boolean
  readonly plays: "primary" | "replica" | undefined
  /** It was promoted, and the map does not say so yet. */
  readonly isPromoted: boolean
  /** It receives the log of the map's primary, now or a moment ago. */
  readonly follows: boolean
  /** It has not for so long that no commit should wait for it. */
  readonly isLost: boolean
  /** It lives, and has not answered its driver for as long as a primary may. */
  readonly isSilent: boolean
  /** Not to be read from, and no process has anything left there. */
  readonly isDrained: boolean
  /** Since when the map has been saying that it is not to be read from. */
  readonly drainingSinceMs: number | undefined
  /** It is to be started again: for settings that it was told, or because somebody asked for it. */
  readonly restartDue: false | "settings" | "asked"
  /** It lacks more of the primary's log than is kept for anybody, and replays nothing: a fresh copy lacks less. */
  readonly isFarBehind: boolean
}

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
  readonly database: ObservedDatabase | undefined
  /** Since when the map has been retiring it (front closed or backend draining); monotonic, as every time here. */
  readonly retiringSinceMs: number | undefined
  /** Lives, and nobody hears it any more (plan/hung.ts). */
  readonly hung: boolean
  /** Whether it uses more memory than it may (plan/memory.ts). */
  readonly memory: MemoryJudgement
  /** Somebody asked that it be the one that leaves (plan/asked.ts). */
  readonly isLeaving: boolean
}

/** Exits of one id in a row, without a good while of life between them. */
export type CrashCount = { readonly count: number; readonly lastAtMs: number }

export type Observed = {
  readonly instances: readonly ObservedInstance[]
  readonly crashes: Readonly<Partial<Record<InstanceId, CrashCount>>>
  readonly fleet: ObservedFleet
}

/** The databases together. */
export type ObservedFleet = {
  /** What commits may be waiting for; empty: nobody has said, and they wait for nobody. */
  readonly quorums: readonly Quorum[]
  /**
   * While a promotion in this one's place has been refused: the replicas that answered then. With others it may be tried
   * again.
   */
  readonly refused: { readonly former: InstanceId; readonly answered: readonly InstanceId[] } | undefined
  /** After a switchover that failed nobody plans another one before this. */
  readonly noSwitchoverBeforeMs?: number | undefined
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
