import { accessSync, constants, existsSync, statfsSync, statSync } from "node:fs"
import { createServer } from "node:net"
import { findAgent } from "../../drivers/local/launch-agent.ts"
import { holderOfPort } from "../../drivers/local/port-holder.ts"
import { isBanyanError, messageOf } from "../../kit/errors.ts"
import { findBinaries } from "../../tiers/data/postgres/server/binaries.ts"
import { recordedMode, sharedFolder } from "../../tiers/data/postgres/server/places.ts"
import { defaultSharedHome } from "../../tiers/data/postgres/server/postgres-server.ts"
import { chooseRunAs, nobodyId, usernsWorks } from "../../tiers/data/postgres/server/run-as.ts"
import type { Config } from "../../topology/config.ts"
import { speaksTls } from "../../topology/config-tls.ts"
import type { Finding } from "../../wire/admin.ts"
import { readAsked } from "../asked.ts"
import { readConfig } from "../config/config-file.ts"
import { examineExternal } from "../databases/external-database.ts"
import { paths } from "../project-paths.ts"
import { readAdminAccess } from "../service/admin-access.ts"
import { readState } from "../service/admin-client.ts"
import { examineCertificates, examineOrder } from "./doctor-certificates.ts"

const enoughBytes = 1024 ** 3
const leastBytes = 200 * 1024 ** 2
const megabytes = (bytes: number) => `${Math.round(bytes / 1024 ** 2)} MB`

/** Looks at everything a start needs in this folder (the working directory) and changes nothing. */
export async function examine(): Promise<Finding[]> {
  const agent = await findAgent({ projectFolder: process.cwd(), runFolder: paths.run, waitMs: 0 })
  const running = agent !== undefined
  const config = await examineConfig(running)
  return [
    examineNode(),
    examinePlatform(),
    config.finding,
    examineHome(),
    examineDisk(),
    ...(await examineDatabases(config.value)),
    ...(config.value === undefined ? [] : await examinePorts(config.value, running)),
    ...(config.value === undefined ? [] : examineTls(config.value)),
    await examineService(agent?.pid),
  ]
}

async function examineDatabases(config: Config | undefined): Promise<Finding[]> {
  if (config?.data.engine === "none") return []
  return config?.data.engine === "external" ? examineExternal(config) : examinePostgres()
}

function examineTls({ edge: { tls } }: Config): Finding[] {
  const nowMs = Date.now()
  return [...examineCertificates(tls.certificates, nowMs), ...examineOrder(tls.acme, nowMs)]
}

function examineNode(): Finding {
  const [major, minor] = process.versions.node.split(".").map(Number) as [number, number]
  const words = `Node ${process.versions.node} (${process.execPath})`
  const isNew = major > 22 || (major === 22 && minor >= 19)
  return isNew
    ? { check: "node", level: "ok", words }
    : {
        check: "node",
        level: "fail",
        words,
        fix: "Run through `npm start` or `npx banyan`, which bring Node 24.",
      }
}

function examinePlatform(): Finding {
  const words = `${process.platform} ${process.arch}`
  if (process.platform === "linux") return { check: "platform", level: "ok", words }
  if (process.platform === "darwin") {
    return { check: "platform", level: "warn", words, fix: "macOS is written for but not tested; Linux is." }
  }
  return { check: "platform", level: "fail", words, fix: "Use Linux or macOS (on Windows: WSL)." }
}

async function examineConfig(running: boolean): Promise<{ finding: Finding; value?: Config }> {
  try {
    const { value } = await readConfig(running ? readAsked() : {})
    const { command } = value.web
    if (command !== undefined) {
      const words = `banyan.config.ts, command ${typeof command === "string" ? command : command.join(" ")}`
      return { value, finding: { check: "config", level: "ok", words } }
    }
    if (!existsSync(value.app)) {
      const words = `${value.app}: the app's module does not exist`
      return {
        value,
        finding: { check: "config", level: "fail", words, fix: "Correct `app` in banyan.config.ts." },
      }
    }
    return { value, finding: { check: "config", level: "ok", words: `banyan.config.ts, app ${value.app}` } }
  } catch (error) {
    const fix = isBanyanError(error) ? error.todo : "Mend banyan.config.ts."
    return { finding: { check: "config", level: "fail", words: messageOf(error), fix } }
  }
}

function examineHome(): Finding {
  const check = "folder"
  const path = existsSync(paths.home) ? paths.home : "."
  const { mode, uid } = statSync(path)
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK)
  } catch {
    const fix = `Give this user the right to write there (it belongs to uid ${uid}).`
    return { check, level: "fail", words: `${path} cannot be written by this user`, fix }
  }
  if (path === paths.home && (mode & 0o077) !== 0) {
    return { check, level: "warn", words: `${path} can be read by others`, fix: `chmod 700 ${path}` }
  }
  return { check, level: "ok", words: `${process.cwd()}/${paths.home}, for this user only` }
}

function examineDisk(): Finding {
  const { bavail, bsize } = statfsSync(".")
  const freeBytes = bavail * bsize
  const words = `${megabytes(freeBytes)} free`
  if (freeBytes >= enoughBytes) return { check: "disk", level: "ok", words }
  const fix = "A first start needs about 600 MB; the database and logs grow with use."
  return { check: "disk", level: freeBytes >= leastBytes ? "warn" : "fail", words, fix }
}

/** The database's binaries, as whom it runs, and the one folder outside the checkout that may be written. */
function examinePostgres(): Finding[] {
  try {
    const { version, postgres } = findBinaries()
    const found: Finding = { check: "postgres", level: "ok", words: `Postgres ${version}, embedded` }
    return [found, examineDatabaseUser(postgres)]
  } catch (error) {
    const fix = isBanyanError(error) ? error.todo : "npm ci"
    return [{ check: "postgres", level: "fail", words: messageOf(error), fix }]
  }
}

/** Decides as the start does, from the data that exists and BANYAN_POSTGRES_AS. */
function examineDatabaseUser(postgres: string): Finding {
  const where = {
    id: "postgres-1",
    dataRoot: paths.data,
    cacheFolder: paths.cache,
    sharedHome: defaultSharedHome,
  }
  const mode = chooseRunAs({
    isRoot: process.getuid?.() === 0,
    forced: process.env["BANYAN_POSTGRES_AS"],
    recorded: recordedMode(where),
    usernsWorks: () => usernsWorks(postgres, "."),
  })
  const inside = "nothing is written outside this folder"
  if (mode === "direct") return { check: "user", level: "ok", words: `not root; ${inside}` }
  if (mode === "userns") {
    return { check: "user", level: "ok", words: `root: the database runs in a user namespace; ${inside}` }
  }
  const words = `root: the database runs as uid ${nobodyId}; its data and binaries lie in ${sharedFolder(where)}`
  const fix = "Run as an ordinary user to keep everything in this folder."
  return { check: "user", level: "warn", words, fix }
}

async function examinePorts(config: Config, running: boolean): Promise<Finding[]> {
  const { host, port, adminPort } = config
  const { tls } = config.edge
  const another = (flag: string, taken: number) => `npx banyan up ${flag} ${taken + 1}`
  const ports = [
    { check: "port", host, port, level: "fail", another: another("--port", port) },
    ...(speaksTls(tls)
      ? [{ check: "tls port", host, port: tls.port, level: "fail", another: "edge/tls/port" } as const]
      : []),
    {
      check: "admin port",
      host: "127.0.0.1",
      port: adminPort,
      level: "warn",
      another: another("--admin-port", adminPort),
    },
  ] as const
  return Promise.all(
    ports.map(async ({ check, host, port, level, another }): Promise<Finding> => {
      const where = `${host}:${port}`
      if (running) return { check, level: "ok", words: `${where}, held by this service` }
      const reason = await whyNotFree(host, port)
      if (reason === undefined) return { check, level: "ok", words: `${where} is free` }
      const holder = holderOfPort(port)
      const words = `${where}: ${reason}${holder === undefined ? "" : ` (${holder})`}`
      return {
        check,
        level,
        words,
        fix: `Stop the other program, or choose another: ${another}`,
      }
    }),
  )
}

function whyNotFree(host: string, port: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const server = createServer()
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)))
  })
}

async function examineService(agentPid: number | undefined): Promise<Finding> {
  const check = "service"
  if (agentPid === undefined) return { check, level: "ok", words: "not running; npx banyan up starts it" }
  const access = readAdminAccess()
  const state = access === undefined ? undefined : await readState(access)
  if (state === undefined) {
    const words = `runs (agent pid ${agentPid}), but its control plane does not answer`
    return { check, level: "warn", words, fix: "It serves on; see `npx banyan logs supervisor`." }
  }
  const [warning] = state.instances.flatMap(each => each.warning ?? [])
  if (warning !== undefined)
    return { check, level: "warn", words: warning, fix: "Raise its memoryLimitMb in banyan.config.ts." }
  const words = `runs at ${state.service.url}, stage ${state.stage} (agent pid ${agentPid}, supervisor pid ${state.supervisor.pid})`
  return { check, level: "ok", words }
}
