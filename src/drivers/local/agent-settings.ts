import { readFileSync } from "node:fs"
import { join } from "node:path"
import { messageOf } from "../../kit/errors.ts"
import { driversError } from "../drivers-errors.ts"
import type { AdminAddress, SocketAddress } from "./agent-protocol.ts"

type Argv = readonly [string, ...string[]]

/** What an agent is told: `.banyan/run/agent.json` (0600). A front door's new agent reads the same file. */
export type AgentSettings = {
  readonly schema: 1
  /** Port 0 takes a free one. */
  readonly public: SocketAddress
  /** A second public socket, for TLS. */
  readonly tls?: SocketAddress
  /** `exact`: this port or an error; otherwise another one is taken when it is busy. */
  readonly admin: AdminAddress
  readonly supervisor: {
    readonly argv: Argv
    readonly env: Readonly<Record<string, string>>
    readonly cwd: string
    readonly logFile: string
    /** Passed on in the launch payload as it is. JSON. */
    readonly options?: unknown
  }
  /** How to start an agent, from the project folder. */
  readonly agentArgv: Argv
  readonly agentEnv: Readonly<Record<string, string>>
  readonly agentLogFile: string
  /** How long a supervisor, or the agent itself, may be silent before it is killed and replaced. Default 10 s. */
  readonly hungAfterMs?: number
}

/** What the supervisor reads on fd 4 at its birth (fd 3 is the admin socket, bound, to listen on). */
export type SupervisorLaunch = {
  /** Shown to the agent by its driver (createLocalDriver's `token`). */
  readonly token: string
  readonly agentSocket: string
  readonly runFolder: string
  readonly public: SocketAddress
  readonly tls?: SocketAddress
  /** What the last supervisor wanted to be remembered. */
  readonly memory?: string
  readonly admin: AdminAddress
  readonly options: unknown
}

/** Held by the agent for as long as it lives (lock-file.ts). */
export const agentLock = "agent.lock"

export function agentSettingsPath(runFolder: string): string {
  return join(runFolder, "agent.json")
}

const defaultHungAfterMs = 10_000

export function hungAfterMsOf({ hungAfterMs = defaultHungAfterMs }: AgentSettings): number {
  return hungAfterMs
}

/** Throws BN1410. */
export function readAgentSettings(runFolder: string): AgentSettings {
  const path = agentSettingsPath(runFolder)
  try {
    const settings = JSON.parse(readFileSync(path, "utf8")) as AgentSettings
    const sound =
      settings.schema === 1 &&
      isAddress(settings.public) &&
      (settings.tls === undefined || isAddress(settings.tls)) &&
      isAddress(settings.admin) &&
      isArgv(settings.supervisor?.argv) &&
      isArgv(settings.agentArgv)
    if (!sound) throw new Error("a field is missing or of another version")
    return settings
  } catch (error) {
    throw driversError("BN1410", { path, reason: messageOf(error) })
  }
}

function isAddress(value: SocketAddress | undefined): boolean {
  return typeof value?.host === "string" && Number.isInteger(value.port)
}

function isArgv(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(word => typeof word === "string")
}
