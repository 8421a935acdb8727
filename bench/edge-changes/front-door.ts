/** A backend as the front door's configuration names it. */
export type Upstream = { readonly id: string; readonly port: number; readonly weight: number }

/** `replaced`: the program itself, its configuration as before. */
export type ChangeKind = "added" | "taken away" | "weighed" | "replaced"

export type DoorChange = { readonly kind: ChangeKind; readonly upstreams: readonly Upstream[] }

/** A front door in one configuration, and how its administrator changes it while it runs. */
export type FrontDoor = {
  readonly name: string
  readonly version: string
  /** What was set, and how a change is made. */
  readonly configuration: string
  /** Listens on `port` when this resolves. `folder`: its own. */
  start(port: number, upstreams: readonly Upstream[], folder: string): Promise<RunningDoor>
}

export interface RunningDoor {
  /** Resolves when the change has been asked for in the way its manual tells. */
  change(change: DoorChange): Promise<void>
  /** Ends it, with every process of it. */
  stop(): Promise<void>
}

/** How long an old process may finish what it has, where the front door bounds that. */
export const drainTimeoutMs = 5000
