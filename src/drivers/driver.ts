import type { GroupName, InstanceId } from "../topology/topology.ts"
import type { Epoch } from "../wire/epoch.ts"
import type { Address, Program, ServiceMap } from "../wire/map.ts"
import type { DatabaseHost, DatabaseState } from "./database-acts.ts"

/** What control asks a driver to bring to life. */
export type InstanceSpec = {
  readonly id: InstanceId
  readonly group: GroupName
  /** Version of the app it runs. */
  readonly version: string
}

/** A process (or container) as its driver sees it. */
export type DriverInstance = InstanceSpec & {
  readonly pid: number | undefined
  readonly address: Address
  /** `ready` is set by drivers for what does not report (databases, programs); reporting processes say it themselves. */
  readonly state: "running" | "ready" | "exited"
  readonly startedAtMs: number
  /** sha256 (hex) of the token it must show in its hello. Empty for programs that never say hello. */
  readonly tokenHash: string
  /**
   * How long it has not answered its driver, on a way of its own beside the control link: what tells a process that
   * hangs from a link that was cut. Undefined: the driver cannot tell.
   */
  readonly silentMs?: number
  /**
   * What it and all its descendants hold, in bytes: memory of their own, resident or swapped out, without the pages of
   * files. Some seconds old. Undefined: not measured yet, or the driver cannot tell.
   */
  readonly memoryBytes?: number
  readonly program?: Program
  /** Of a database server that answers. */
  readonly database?: DatabaseState
  readonly exit?: { readonly code: number | null; readonly signal: string | null; readonly atMs: number }
}

export type DriverEvent =
  | { readonly type: "exited"; readonly id: InstanceId }
  | { readonly type: "ready"; readonly id: InstanceId }
  /** What a database server says of itself has changed in more than its position and lag. */
  | { readonly type: "database"; readonly id: InstanceId }
  /** How far a long start or act has come, in words. */
  | { readonly type: "progress"; readonly id: InstanceId; readonly words: string }
  /** The driver lost or regained its host agent; what runs keeps running. */
  | { readonly type: "detached" }
  | { readonly type: "attached" }

/**
 * Where a process can live. Every call that changes something carries the caller's epoch: the far side keeps the
 * newest it has seen and refuses an older term (a supervisor that was paused and replaced can change nothing). An older
 * counter of the same term is no reason: that is the same supervisor, which has published newer maps since it asked.
 *
 * Held to `drivers/driver-conformance.ts`, whatever is underneath.
 */
export interface Driver {
  readonly name: string
  /** What can be done to databases here. Absent: nothing, whoever runs them sees to that. */
  readonly databases?: DatabaseHost

  /** Every instance known, exited ones included until `forget`. */
  list(): Promise<readonly DriverInstance[]>

  /** Newest epoch the far side has seen. */
  epoch(): Promise<Epoch>

  /** Raises the far side's epoch. Rejects (BN1401) when it has seen a newer one, or more maps of this one. */
  fence(epoch: Epoch): Promise<void>

  /**
   * Starts a process; resolves when it has been spawned, not when it is ready. Starting an id that runs already with
   * the same version resolves with no second process. `map` is the snapshot the process is born with.
   *
   * A database starts as the map says: its primary, or with none there whoever is started, takes writes if its data say so as
   * well; any other comes up as a replica of it, its data copied first (minutes, told by `progress`) when there are none, and
   * never takes writes, whatever it was before.
   */
  start(spec: InstanceSpec, map: ServiceMap, epoch: Epoch): Promise<void>

  /** Asks it to stop, kills it after `graceMs`; resolves when it is gone. Stopping what is gone resolves. */
  stop(id: InstanceId, graceMs: number, epoch: Epoch): Promise<void>

  /**
   * Kills a process that hangs: unless it has answered its driver within `silentMs`, because whoever judged it may have
   * been late. Resolves when it is gone, or has answered.
   */
  kill(id: InstanceId, silentMs: number, epoch: Epoch): Promise<void>

  /** Drops an exited instance from the list. */
  forget(id: InstanceId, epoch: Epoch): Promise<void>

  /** Sends a signal without waiting (fault injection, `banyan kill`). */
  signal(id: InstanceId, signal: NodeJS.Signals, epoch: Epoch): Promise<void>

  /** Calls back at every event; the returned function unsubscribes. */
  subscribe(listener: (event: DriverEvent) => void): () => void

  close(): Promise<void>
}
