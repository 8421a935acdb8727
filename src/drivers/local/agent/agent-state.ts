import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { messageOf } from "../../../kit/errors.ts"
import { bootIdentity } from "../../../kit/node/process-identity.ts"
import type { Epoch } from "../../../wire/epoch.ts"
import type { SocketAddress } from "../agent-protocol.ts"
import type { AgentLog } from "./agent-log.ts"
import type { ProcessRecord } from "./process-record.ts"

export type SupervisorRecord = {
  readonly pid: number
  readonly startedAt: string
  readonly tokenHash: string
}

export type AgentState = {
  readonly schema: 1
  /** Of the machine the process ids are of (kit/node/process-identity). */
  readonly boot?: string
  /** Newest epoch seen; an older caller is refused. */
  readonly epoch: Epoch
  /** Where the sockets were bound, so that a later agent asks for the same port. */
  readonly public?: SocketAddress
  readonly admin?: SocketAddress
  readonly supervisor?: SupervisorRecord
  readonly processes: readonly ProcessRecord[]
}

const empty: AgentState = { schema: 1, epoch: { term: 0, counter: 0 }, processes: [] }

/**
 * The agent's memory, in `agent-state.json`, with a copy beside it in case someone spoils the first.
 *
 * It need not outlive the machine (then nothing lives, and the journal has the epoch), only the agent; so files are
 * renamed into place whole, but not synced. What it says of processes holds for one boot: later their numbers are others'. A disk that is full does not stop the agent: it goes on from memory.
 */
export class AgentStateFile {
  readonly #paths: readonly [string, string]
  readonly #log: AgentLog
  #state: AgentState

  constructor(folder: string, log: AgentLog) {
    this.#paths = [join(folder, "agent-state.json"), join(folder, "agent-state.copy.json")]
    this.#log = log
    this.#state = ofThisBoot(
      this.#read(this.#paths[0]) ?? this.#read(this.#paths[1]) ?? empty,
      bootIdentity(),
    )
  }

  get value(): AgentState {
    return this.#state
  }

  update(change: Partial<AgentState>): void {
    this.#state = { ...this.#state, ...change }
    try {
      for (const path of this.#paths) {
        const draft = `${path}.tmp`
        writeFileSync(draft, JSON.stringify(this.#state), { mode: 0o600 })
        renameSync(draft, path)
      }
    } catch (error) {
      this.#log.error(
        { reason: messageOf(error) },
        "the agent's state could not be saved; going on from memory",
      )
    }
  }

  remove(): void {
    for (const path of this.#paths) rmSync(path, { force: true })
  }

  #read(path: string): AgentState | undefined {
    let text: string
    try {
      text = readFileSync(path, "utf8")
    } catch {
      return undefined
    }
    try {
      return checked(JSON.parse(text))
    } catch (error) {
      const aside = `${path}.corrupt-${Date.now()}`
      renameSync(path, aside)
      this.#log.error({ path, aside, reason: messageOf(error) }, "the agent's state was spoilt; kept aside")
      return undefined
    }
  }
}

/** Nothing of another boot lives, whoever has its number by now. A state that does not say is of this one. */
function ofThisBoot(state: AgentState, boot: string | undefined): AgentState {
  if (boot === undefined || state.boot === boot) return state
  if (state.boot === undefined) return { ...state, boot }
  const { supervisor: _, ...kept } = state
  const exit = { code: null, signal: null, atMs: Date.now() }
  return { ...kept, boot, processes: state.processes.map(record => ({ exit, ...record })) }
}

/** Only this agent writes the file: shape is checked as far as a crash or a stray hand could have spoilt it. */
function checked(value: unknown): AgentState {
  const state = value as AgentState
  const sound =
    state?.schema === 1 &&
    Number.isInteger(state.epoch?.term) &&
    Number.isInteger(state.epoch?.counter) &&
    Array.isArray(state.processes) &&
    state.processes.every(record => typeof record?.id === "string" && Array.isArray(record.argv))
  if (!sound) throw new Error("it is not the shape an agent writes")
  return state
}
