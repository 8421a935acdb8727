import type { ChildProcess } from "node:child_process"
import { existsSync, readFileSync } from "node:fs"
import type { Socket } from "node:net"
import { join, resolve } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { isBanyanError, messageOf } from "../../kit/errors.ts"
import { writeFileAtomic } from "../../kit/node/atomic-file.ts"
import { isAlive, type ProcessIdentity } from "../../kit/node/process-identity.ts"
import { onLines } from "../../wire/node/lines.ts"
import { type DriversErrorCode, driversError } from "../drivers-errors.ts"
import type { AgentState } from "./agent/agent-state.ts"
import type { AgentBirthReport } from "./agent-birth.ts"
import { AgentClient, shortSocketPath } from "./agent-client.ts"
import type { AgentStatus, ShutdownMode } from "./agent-protocol.ts"
import { type AgentSettings, agentLock, agentSettingsPath } from "./agent-settings.ts"
import { lockHolder } from "./lock-file.ts"
import { spawnAgent } from "./spawn-agent.ts"

type Place = {
  readonly projectFolder: string
  /** Relative to the project folder: `.banyan/run`. */
  readonly runFolder: string
}

export type StartAgentOptions = Place & { readonly settings: AgentSettings }

/** How long a front door gets to bring its lost agent back before another one is started: seconds, on a busy machine. */
const respawnWaitMs = 10_000
const askWaitMs = 10_000
const oneLookMs = 200
/** And one that is there and has not answered at the first look. */
const slowWaitMs = 3000
const lookEveryMs = 20

/**
 * Sees to it that an agent serves this project: the one that runs, or a new one with these settings.
 * Throws what kept it from starting: BN1402 (port busy), BN1403, BN1410, BN1411, BN1412.
 */
export async function startAgent(
  options: StartAgentOptions,
): Promise<{ readonly started: boolean; readonly status: AgentStatus }> {
  const { projectFolder, runFolder, settings } = options
  const present = await awaitAgent(options)
  if (present !== undefined) return { started: false, status: present }
  try {
    writeFileAtomic(join(projectFolder, agentSettingsPath(runFolder)), JSON.stringify(settings, null, 2))
  } catch (error) {
    throw driversError("BN1412", { folder: runFolder, reason: messageOf(error) }, error)
  }
  const report = await birthReport(projectFolder, settings)
  if (report.ok) return { started: true, status: report.status }
  const winner =
    report.code === "BN1408" ? await findAgent({ projectFolder, runFolder, waitMs: askWaitMs }) : undefined
  if (winner !== undefined) return { started: false, status: winner }
  throw driversError(report.code as DriversErrorCode, report.details)
}

/** The agent that serves this project, or undefined when none answers within `waitMs` (0: one look, longer at one that is slow). */
export async function findAgent(
  options: Place & { readonly waitMs: number },
): Promise<AgentStatus | undefined> {
  const { projectFolder, runFolder, waitMs } = options
  if (waitMs === 0 && !existsSync(join(projectFolder, runFolder, "agent.sock"))) return undefined
  const client = clientOf(options, Math.max(oneLookMs, waitMs))
  try {
    return await client.call({ verb: "status" })
  } catch (error) {
    if (!isBanyanError(error) || error.code !== "BN1407") throw error
    // Nobody refused the connection: somebody is there, and slow on a busy machine.
    const isSlow = waitMs === 0 && error.details["reason"] === undefined
    return isSlow ? await findAgent({ ...options, waitMs: slowWaitMs }) : undefined
  } finally {
    client.close()
  }
}

/** The agent that serves this project, or that a front door is just bringing back in the place of a lost one. */
export function awaitAgent({ projectFolder, runFolder }: Place): Promise<AgentStatus | undefined> {
  const waitMs = frontDoorLives({ projectFolder, runFolder }) ? respawnWaitMs : 0
  return findAgent({ projectFolder, runFolder, waitMs })
}

/** The process of the agent: it outlives its last answer by a moment, on a busy machine by a long one. */
export function agentProcess({ projectFolder, runFolder }: Place): ProcessIdentity | undefined {
  const folder = join(projectFolder, runFolder)
  return existsSync(folder) ? lockHolder(folder, agentLock) : undefined
}

/** Tells the agent to leave and waits until its process has ended. Resolves also when there is none. */
export async function shutdownAgent(options: Place & { readonly mode: ShutdownMode }): Promise<void> {
  const gone = Promise.withResolvers<void>()
  const agent = agentProcess(options)
  let wasHere = false
  const client = clientOf(options, frontDoorLives(options) ? respawnWaitMs : oneLookMs, () => {
    wasHere = true
    gone.resolve()
  })
  try {
    await client.call({ verb: "shutdown", mode: options.mode })
    await gone.promise
  } catch (error) {
    if (!isBanyanError(error) || error.code !== "BN1407") throw error
  } finally {
    client.close()
  }
  while (wasHere && agent !== undefined && isAlive(agent)) await sleep(lookEveryMs)
}

function clientOf(options: Place, waitMs: number, onDetached?: () => void): AgentClient {
  const socketPath = shortSocketPath(options.projectFolder, join(options.runFolder, "agent.sock"))
  return new AgentClient({ socketPath, waitMs, ...(onDetached === undefined ? {} : { onDetached }) })
}

/** Whether a front door of a lost agent lives: it may be bringing one back this very moment. */
function frontDoorLives({ projectFolder, runFolder }: Place): boolean {
  try {
    const text = readFileSync(join(projectFolder, runFolder, "agent-state.json"), "utf8")
    const { processes } = JSON.parse(text) as AgentState
    return processes.some(
      ({ listen, pid, startedAt = "" }) =>
        listen === "public" && pid !== undefined && isAlive({ pid, startedAt }),
    )
  } catch {
    return false
  }
}

async function birthReport(projectFolder: string, settings: AgentSettings): Promise<AgentBirthReport> {
  const child = spawnAgent(settings, projectFolder, { report: true })
  const pipe = child.stdio[4] as Socket
  const heard = Promise.withResolvers<AgentBirthReport>()
  onLines(pipe, line => heard.resolve(JSON.parse(line)))
  const silent = (reason: string) => heard.resolve({ ok: false, code: "BN1411", details: { reason } })
  pipe.on("error", () => {})
  pipe.on("close", () => silent(lastWords(resolve(projectFolder, settings.agentLogFile))))
  child.on("error", error => silent(messageOf(error)))
  const report = await heard.promise
  pipe.destroy()
  if (!report.ok) await ended(child)
  return report
}

/** An agent that could not start leaves by itself; whoever is told so must not find it still there. */
async function ended(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  child.ref()
  await new Promise(resolve => child.once("exit", resolve))
}

function lastWords(logFile: string): string {
  try {
    const lines = readFileSync(logFile, "utf8").trimEnd().split("\n")
    return lines.findLast(line => /error|Error/.test(line)) ?? lines.at(-1) ?? "it said nothing"
  } catch {
    return "it said nothing"
  }
}
