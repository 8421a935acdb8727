import { chmodSync, closeSync, mkdirSync, rmSync, writeSync } from "node:fs"
import { flushCompileCache } from "node:module"
import { join } from "node:path"
import { isBanyanError, messageOf } from "../../../kit/errors.ts"
import { driversError } from "../../drivers-errors.ts"
import { type AgentBirthReport, agentBirthEnv } from "../agent-birth.ts"
import type { SocketAddress } from "../agent-protocol.ts"
import { agentLock, readAgentSettings } from "../agent-settings.ts"
import { takeLock } from "../lock-file.ts"
import { Agent } from "./agent.ts"
import { type AgentLog, createAgentLog } from "./agent-log.ts"
import { bindSocket, openInheritedSocket, type SharedSocket } from "./shared-socket.ts"

export type RunAgentOptions = {
  /** Becomes the working directory. */
  readonly projectFolder: string
  /** Relative to the project folder: `.banyan/run`. */
  readonly runFolder: string
}

/**
 * Runs this process as the host's agent: parent of every process, owner of the public socket and the data folders.
 * Resolves when it serves; ends the process (exit code 1, the reason told to whoever started it) when it cannot.
 */
export async function runAgent(options: RunAgentOptions): Promise<void> {
  const log = createAgentLog()
  const birth = agentBirthEnv.read(process.env)
  try {
    const agent = await startAgentHere(options, birth, log)
    report(birth.reportFd, { ok: true, status: agent.status() })
    // What was compiled and stripped of its types is kept, also when this process is killed one day: the next agent
    // starts without loading the type stripper, which costs some 17 MB for as long as a process lives.
    flushCompileCache()
  } catch (error) {
    log.error({ err: error }, "the agent could not start")
    const known = isBanyanError(error) ? error : driversError("BN1411", { reason: messageOf(error) })
    report(birth.reportFd, { ok: false, code: known.code, details: known.details })
    process.exit(1)
  }
}

/** `born`: the public sockets, handed over by a front door whose agent has died. */
async function startAgentHere(
  { projectFolder, runFolder }: RunAgentOptions,
  born: { readonly publicFd: number | undefined; readonly tlsFd: number | undefined },
  log: AgentLog,
): Promise<Agent> {
  process.chdir(projectFolder)
  takeFolder(runFolder)
  const settings = readAgentSettings(runFolder)
  const publicSocket = await socketOf(settings.public, born.publicFd, log)
  const tlsSocket = settings.tls && (await socketOf(settings.tls, born.tlsFd, log))
  const agentSocket = join(runFolder, "agent.sock")
  rmSync(agentSocket, { force: true })
  const agent = new Agent({ settings, runFolder, agentSocket, publicSocket, tlsSocket, log })
  await agent.start()
  return agent
}

/** Throws BN1408 when another agent lives here, BN1412 when the folder cannot be used. */
function takeFolder(runFolder: string): void {
  let holder: ReturnType<typeof takeLock>
  try {
    mkdirSync(runFolder, { recursive: true, mode: 0o700 })
    chmodSync(runFolder, 0o700)
    holder = takeLock(runFolder, agentLock)
  } catch (error) {
    throw driversError("BN1412", { folder: runFolder, reason: messageOf(error) })
  }
  if (holder !== undefined) throw driversError("BN1408", { folder: runFolder, pid: holder.pid })
}

async function socketOf(
  { host, port }: SocketAddress,
  fd: number | undefined,
  log: AgentLog,
): Promise<SharedSocket> {
  if (fd === undefined) return bindSocket(host, port)
  const socket = openInheritedSocket(fd)
  log.info({ host: socket.host, port: socket.port }, "public socket inherited from a front door")
  return socket
}

function report(fd: number | undefined, words: AgentBirthReport): void {
  if (fd === undefined) return
  try {
    writeSync(fd, `${JSON.stringify(words)}\n`)
    closeSync(fd)
  } catch {
    // Whoever started this agent no longer listens.
  }
}
