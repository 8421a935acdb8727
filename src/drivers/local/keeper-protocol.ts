import type { ErrorDetails, Fault } from "../../kit/errors.ts"
import type { Epoch } from "../../wire/epoch.ts"
import type { DatabaseAct, DatabaseState } from "../database-acts.ts"
import type { ProcessSpec } from "./process-spec.ts"

/** What the agent needs to start the keeper; it knows nothing else of it. */
export type KeeperWords = {
  readonly argv: readonly [string, ...string[]]
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly logFile: string
  /** Told on its link, never in argv or environment. Never stored, never logged. */
  readonly payload: string
}

/** What a keeper can be asked to do: the acts of the contract, and what they need beside them. */
export type KeeperWork =
  | DatabaseAct
  /** Everything a start of that server needs, by who is the primary: a copy, or a folder that starts as a replica. */
  | { readonly act: "prepare"; readonly id: string; readonly primary: string }
  /** What became of a promotion whose keeper died, and all that were done: PromotionRecord[]. */
  | { readonly act: "promotions" }

/** What the keeper says of a server it looks at. */
export type SeenServer = {
  readonly id: string
  /** Absent: it does not answer, or has not yet. */
  readonly state?: DatabaseState
  readonly silentMs: number
}

/** A process in words, but for what the agent knows better. */
export type DatabaseSpec = Omit<ProcessSpec, "version" | "group">

/** What only the parent of the servers can do. Refused when the epoch of the act is old. */
export type HostCall =
  /** Answers its pid. */
  | { readonly verb: "spawn"; readonly spec: DatabaseSpec; readonly epoch: Epoch }
  | { readonly verb: "stop"; readonly id: string; readonly graceMs: number; readonly epoch: Epoch }
  /** With all its children, frozen or not. */
  | { readonly verb: "kill"; readonly id: string; readonly epoch: Epoch }

/** An error as it crosses a link: rooms on the other side need not know its table. */
export type SaidError = {
  readonly code: string
  readonly fault: Fault
  readonly message: string
  readonly todo: string
  readonly details: ErrorDetails
}

export type Failure = { readonly type: "failed"; readonly call: number; readonly error: SaidError }
type Done = { readonly type: "done"; readonly call: number; readonly value: unknown }

/** Lines from the agent. The first is `launch`; the end of the link is the keeper's own end. */
export type ToKeeper =
  | { readonly type: "launch"; readonly payload: string }
  | { readonly type: "work"; readonly call: number; readonly work: KeeperWork; readonly epoch: Epoch }
  /** The servers that run now. */
  | { readonly type: "servers"; readonly ids: readonly string[] }
  | { readonly type: "ping" }
  | Done
  | Failure

/** Lines from the keeper. */
export type FromKeeper =
  | ({ readonly type: "call"; readonly call: number } & HostCall)
  | { readonly type: "progress"; readonly id: string; readonly words: string }
  | { readonly type: "seen"; readonly servers: readonly SeenServer[] }
  | { readonly type: "pong" }
  | Done
  | Failure
