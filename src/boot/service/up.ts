import { accessSync, constants, mkdirSync, rmSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { readRoots } from "../../acme/acme-authority.ts"
import type { AgentSettings } from "../../drivers/local/agent-settings.ts"
import { awaitAgent, startAgent } from "../../drivers/local/launch-agent.ts"
import { messageOf } from "../../kit/errors.ts"
import { readServerUrl } from "../../tiers/data/router/servers/server-url.ts"
import { checkCertificateFiles } from "../../tiers/edge/client/tls/certificate-files.ts"
import type { Config } from "../../topology/config.ts"
import { speaksTls } from "../../topology/config-tls.ts"
import type { StateView } from "../../wire/admin.ts"
import { type Asked, writeAsked } from "../asked.ts"
import { bootError } from "../boot-errors.ts"
import { readConfig } from "../config/config-file.ts"
import { externalUrls } from "../databases/external-database.ts"
import { nodeArgv } from "../instance/node-argv.ts"
import { nodeEnvironment } from "../instance/node-environment.ts"
import { logOf, paths } from "../project-paths.ts"
import { type AdminAccess, readAdminAccess } from "./admin-access.ts"
import { readState } from "./admin-client.ts"
import { lookUntil } from "./look-until.ts"

export type Running = AdminAccess & {
  /** A service was up in this folder before; nothing was started. */
  readonly alreadyRunning: boolean
  /** The admin port that was wanted; somebody else holds it, so another one was taken. */
  readonly busyAdminPort?: number
}

const supervisorEntry = fileURLToPath(new URL("../supervisor.ts", import.meta.url))
const agentEntry = fileURLToPath(new URL("../agent.ts", import.meta.url))

/**
 * How long a supervisor may take to answer after its agent runs; what it then starts is watched, not timed. It takes a second, and
 * on a machine with fifteen others waiting for each core more than fifteen.
 */
const adminTimeoutMs = 45_000

/**
 * Starts the service of this folder (the working directory), or finds the one that runs. Resolves when the admin API
 * answers; `watchUntilSettled` tells when the service does.
 * Throws BN1402 (busy port), BN3105 (folder not writable), BN10xx (configuration), BN1611, BN2040 to BN2044 (certificates), BN2280 (`data/url`).
 */
export async function startService(asked: Asked): Promise<Running> {
  const running = await findRunning()
  if (running !== undefined) return { ...running, alreadyRunning: true }
  const { value: config } = await readConfig(asked)
  checkCertificates(config)
  externalUrls(config)?.map(readServerUrl)
  // Reading took a moment: what another start has made of the folder meanwhile is not to be undone.
  const meanwhile = await findRunning()
  if (meanwhile !== undefined) return { ...meanwhile, alreadyRunning: true }
  prepareFolder(asked)
  const { started, status } = await startAgent({
    projectFolder: process.cwd(),
    runFolder: paths.run,
    settings: agentSettings(config, asked),
  })
  const admin = await waitForAdmin()
  return {
    ...admin,
    alreadyRunning: !started,
    ...(status.admin.exact ? {} : { busyAdminPort: config.adminPort }),
  }
}

/** What a start must not begin with; a service that runs goes on with what it has. Throws BN1611, BN2040 to BN2044. */
function checkCertificates({ edge: { tls } }: Config): void {
  checkCertificateFiles(tls.certificates, Date.now())
  if (tls.acme.domains.length > 0 && tls.acme.caFile !== undefined) readRoots(tls.acme.caFile)
}

function agentSettings(config: Config, asked: Asked): AgentSettings {
  const environment = nodeEnvironment()
  return {
    schema: 1,
    public: { host: config.host, port: config.port },
    ...(speaksTls(config.edge.tls) ? { tls: { host: config.host, port: config.edge.tls.port } } : {}),
    admin: { host: "127.0.0.1", port: config.adminPort, exact: asked.adminPort !== undefined },
    supervisor: {
      argv: nodeArgv(supervisorEntry, [], asked),
      env: environment,
      cwd: process.cwd(),
      logFile: logOf("supervisor"),
    },
    agentArgv: nodeArgv(agentEntry, ["--max-semi-space-size=1"], asked),
    agentEnv: environment,
    agentLogFile: logOf("agent"),
    hungAfterMs: config.hungAfterMs,
  }
}

/** The service of this folder, when its agent lives. Waits for an agent or a supervisor that is just being restarted. */
export async function findRunning(): Promise<AdminAccess | undefined> {
  const agent = await awaitAgent({ projectFolder: process.cwd(), runFolder: paths.run })
  return agent === undefined ? undefined : waitForAdmin()
}

/**
 * Calls back with every new state until desired and observed are equal. Throws BN3106 when the first plan failed,
 * BN3103 after `timeoutMs`.
 */
export async function watchUntilSettled(
  access: AdminAccess,
  timeoutMs: number,
  onState: (state: StateView) => void,
): Promise<StateView> {
  let reason = "the supervisor does not answer"
  const settled = await lookUntil(timeoutMs, async () => {
    const state = await readState(access)
    if (state === undefined) return undefined
    onState(state)
    if (state.settled) return state
    const failed = state.lastPlan?.state === "failed" || state.lastPlan?.state === "undone"
    if (failed) throw bootError("BN3106", { reason: state.lastPlan?.error?.message ?? "a step failed" })
    reason = state.instances.map(one => `${one.id} ${one.progress ?? one.state}`).join(", ")
    return undefined
  })
  if (settled === undefined) throw bootError("BN3103", { timeoutMs, reason })
  return settled
}

/** Throws BN3105. */
function prepareFolder(asked: Asked): void {
  try {
    for (const folder of [paths.home, paths.run, paths.logs, paths.data, paths.cache, paths.journal])
      mkdirSync(folder, { recursive: true, mode: 0o700 })
    accessSync(paths.run, constants.W_OK)
    writeAsked(asked)
    for (const formerRun of [paths.admin, paths.started]) rmSync(formerRun, { force: true })
  } catch (error) {
    throw bootError("BN3105", { folder: paths.home, reason: messageOf(error) }, error)
  }
}

async function waitForAdmin(): Promise<AdminAccess> {
  const found = await lookUntil(adminTimeoutMs, async () => {
    const access = readAdminAccess()
    return access !== undefined && (await readState(access)) !== undefined ? access : undefined
  })
  if (found !== undefined) return found
  throw bootError("BN3103", { timeoutMs: adminTimeoutMs, reason: `see ${logOf("supervisor")}` })
}
