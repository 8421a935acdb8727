import type { ErrorDetails } from "../../kit/errors.ts"
import type { Epoch } from "../../wire/epoch.ts"
import type { DriverInstance } from "../driver.ts"
import type { KeeperWords, KeeperWork, SaidError } from "./keeper-protocol.ts"
import type { ProcessSpec } from "./process-spec.ts"

/**
 * What is spoken on `.banyan/run/agent.sock`: lines of JSON, in a folder only its owner may enter. Two kinds of
 * clients: a *process* says hello and keeps the link open, so that its end is seen as EOF by an agent that is not
 * its parent; a *driver* calls verbs and hears events.
 *
 * The agent must stay small, so nothing here needs a schema library; a line that makes no sense is answered BN1413.
 */
export type ClientLine =
  | {
      readonly type: "hello"
      readonly id: string
      readonly token: string
      readonly pid: number
      /** The process's start, as kit/node/process-identity tells it: a pid alone may be someone else's by now. */
      readonly startedAt: string
    }
  /** With the supervisor's token; without one, being in the folder is the authority (command line, tests). */
  | { readonly type: "driver"; readonly token?: string }
  /** The answer to every `ping`: whoever owes it for too long hangs. */
  | { readonly type: "pong" }
  | ({ readonly type: "call"; readonly call: number } & AgentCall)

export type AgentCall =
  | { readonly verb: "status" }
  | { readonly verb: "list" }
  | { readonly verb: "fence"; readonly epoch: Epoch }
  | { readonly verb: "spawn"; readonly spec: ProcessSpec; readonly epoch: Epoch }
  | { readonly verb: "stop"; readonly id: string; readonly graceMs: number; readonly epoch: Epoch }
  | { readonly verb: "kill"; readonly id: string; readonly silentMs: number; readonly epoch: Epoch }
  | { readonly verb: "forget"; readonly id: string; readonly epoch: Epoch }
  /** Told to the next supervisor at its birth. Kept in memory alone, never logged. */
  | { readonly verb: "remember"; readonly memory: string }
  | { readonly verb: "signal"; readonly id: string; readonly signal: NodeJS.Signals; readonly epoch: Epoch }
  | { readonly verb: "shutdown"; readonly mode: ShutdownMode }
  | {
      readonly verb: "act"
      readonly work: KeeperWork
      readonly keeper: KeeperWords
      readonly epoch: Epoch
    }
  /** Databases are to be looked at. Changes nothing, so no epoch is asked for. */
  | { readonly verb: "keep"; readonly keeper: KeeperWords }

/** `after-down`: the service has been taken down in order. `now`: everything ends at once, databases cleanly. */
export type ShutdownMode = "after-down" | "now"

/** What each verb answers. */
export type AgentAnswers = {
  status: AgentStatus
  list: readonly DriverInstance[]
  fence: null
  spawn: null
  stop: null
  kill: null
  forget: null
  remember: null
  signal: null
  shutdown: null
  act: unknown
  keep: null
}

export type SocketAddress = { readonly host: string; readonly port: number }

export type AgentStatus = {
  readonly pid: number
  readonly startedAtMs: number
  readonly epoch: Epoch
  readonly public: SocketAddress
  readonly tls?: SocketAddress
  /** `exact` is false when the port asked for was busy and a free one was taken. */
  readonly admin: AdminAddress
  readonly supervisor: { readonly pid: number | undefined; readonly restarts: number }
}
export type AdminAddress = SocketAddress & { readonly exact: boolean }

export type AgentLine =
  | { readonly type: "welcome" }
  | { readonly type: "refused"; readonly reason: string }
  | { readonly type: "answer"; readonly call: number; readonly value: unknown }
  | {
      readonly type: "failure"
      readonly call: number
      readonly code: string
      readonly details: ErrorDetails
      /** Of a room the caller need not know. */
      readonly said?: SaidError
    }
  | { readonly type: "exited"; readonly id: string }
  /** The driver's events of these names. Unknown to an older client, who ignores them. */
  | { readonly type: "database"; readonly id: string }
  | { readonly type: "progress"; readonly id: string; readonly words: string }
  /** Once a beat, to everybody who was welcomed: the agent lives. Unknown to an older client, who ignores it. */
  | { readonly type: "ping" }

export function encodeLine(line: ClientLine | AgentLine): string {
  return `${JSON.stringify(line)}\n`
}
