/**
 * Entry point of the supervisor: the control plane of this folder, joined to the local driver and the admin API.
 * It may die at any moment: the service serves on, the agent starts the next one, which adopts what runs.
 */
import { readFileSync } from "node:fs"
import { flushCompileCache } from "node:module"
import { isDeepStrictEqual } from "node:util"
import { startAdminApi } from "../control/api/admin-api.ts"
import { fileAuditTrail } from "../control/audit/file-audit-trail.ts"
import { createControl } from "../control/create-control.ts"
import { fileFreezes } from "../control/faults/freeze-store.ts"
import { FileJournal } from "../control/journal/file-journal.ts"
import { fileOverrides } from "../control/overrides-file.ts"
import type { SupervisorLaunch } from "../drivers/local/agent-settings.ts"
import { createLocalDriver } from "../drivers/local/local-driver.ts"
import { systemClock } from "../kit/node/system-clock.ts"
import { createLog, flushLog } from "../telemetry/log.ts"
import type { PostgresServer } from "../tiers/data/postgres/server/postgres-server.ts"
import { type Config, limitsOf, memoryLimitsOf } from "../topology/config.ts"
import { ladderOf, topologyOf } from "../topology/config-resolve.ts"
import { inheritedFds } from "../wire/launch.ts"
import { type Asked, readAsked } from "./asked.ts"
import { acmeCertificate } from "./config/acme-certificate.ts"
import { readConfig, readFileConfig } from "./config/config-file.ts"
import { explainedConfig } from "./config/explained-config.ts"
import { keepStarted } from "./config/started-config.ts"
import { ArchiveKeeper } from "./databases/archive-keeper.ts"
import { DatabaseDesk } from "./databases/database-desk.ts"
import { externalUrls } from "./databases/external-database.ts"
import { knownServers } from "./databases/known-servers.ts"
import { type PostgresConfig, postgresServer } from "./databases/postgres-server.ts"
import { roomForCopies } from "./databases/room-for-copies.ts"
import { examine } from "./doctor/doctor.ts"
import { DrillDesk } from "./drills/drill-desk.ts"
import { versionOf } from "./instance/app-version.ts"
import { cpuSeconds } from "./instance/cpu-gauge.ts"
import { journalWithCrashPoints } from "./instance/crash-point.ts"
import { hostedProgram } from "./instance/hosted-program.ts"
import { lastLogLines } from "./instance/last-log-lines.ts"
import { createStarters } from "./instance/starters.ts"
import { localDatabases } from "./keeper/keeper-words.ts"
import { promotedHere } from "./keeper/promoted.ts"
import { RecentErrors } from "./logs/recent-errors.ts"
import { streamLogs } from "./logs/stream-logs.ts"
import { watchErrors } from "./logs/watch-errors.ts"
import { journalFile, paths } from "./project-paths.ts"
import { adminToken, writeAdminAccess } from "./service/admin-access.ts"
import { consolePage } from "./service/console-page.ts"
import { endWhenDown } from "./service/end-when-down.ts"
import { FrontKeeper } from "./service/front-keeper.ts"
import { keptSecret } from "./service/kept-secret.ts"
import { LoadKeeper } from "./service/load-keeper.ts"
import { serviceName } from "./service/service-name.ts"

const log = createLog("supervisor")
const leave = async (code: number) => {
  await flushLog(log)
  process.exit(code)
}
process.on("SIGHUP", () => {})
process.on("unhandledRejection", error => log.error({ err: error }, "unhandled rejection; going on"))
process.on("uncaughtException", error => {
  log.fatal({ err: error }, "uncaught exception; the agent starts the next supervisor")
  void leave(70)
})

const launch = JSON.parse(readFileSync(inheritedFds.launch, "utf8")) as SupervisorLaunch
const asked = readAsked()
const { value: config } = await readConfig(asked)
keepStarted(config)
/** What databases are told at their start; `apply` brings what the file says by then. */
let databaseConfig: PostgresConfig = config.data
const servers = new Map<string, PostgresServer>()

const fronts = new FrontKeeper({
  config: config.edge,
  memory: launch.memory,
  remember: memory => setImmediate(() => driver.remember(memory)),
  clock: systemClock,
  log,
})
const driver = createLocalDriver({
  projectFolder: process.cwd(),
  agentSocket: launch.agentSocket,
  starters: startersFor(config, asked),
  databases: localDatabases(() => databaseConfig, asked),
  token: launch.token,
  log,
})
const certificate = acmeCertificate(config.edge.tls.acme)
const fileJournal = new FileJournal(journalFile)
const errors = new RecentErrors()
const control = createControl({
  driver,
  journal: asked.faults
    ? journalWithCrashPoints(fileJournal, async () => (await driver.status()).pid)
    : fileJournal,
  topologySource: {
    // Whose database it is does not change under a service that runs.
    base: async () => {
      const { value } = await readFileConfig()
      return topologyOf({ ...value, data: { ...value.data, engine: config.data.engine } })
    },
    overrides: fileOverrides(paths.overrides, log),
  },
  settings: {
    service: {
      name: serviceName(config),
      url: urlOf(launch.public),
      ...(launch.tls === undefined ? {} : { httpsUrl: urlOf(launch.tls, "https") }),
    },
    version: versionOf(config.app),
    drainTimeoutMs: config.web.drainTimeoutMs,
    ladder: ladderOf(config),
    readyTimeoutMs: config.web.readyTimeoutMs,
    hungAfterMs: config.hungAfterMs,
    databaseHungAfterMs: config.data.hungAfterMs,
    memoryLimits: memoryLimitsOf(config),
    ...(config.data.engine !== "none" && { maxDatabaseConnections: config.data.maxConnections }),
  },
  ...(config.data.engine === "embedded" && {
    databaseSettings: {
      async changed() {
        const said = settingsIn((await readFileConfig()).value.data)
        return isDeepStrictEqual(said, settingsIn(databaseConfig)) ? undefined : said
      },
      taken(settings) {
        databaseConfig = settings
        servers.clear()
      },
    },
  }),
  clock: systemClock,
  log,
  ...(config.web.command === undefined ? {} : { lastLogLines }),
  ...(certificate && { certificate }),
  cpuSeconds,
  errorsLastMinute: id => errors.count(id, systemClock.nowMs()),
  freezes: fileFreezes(paths.frozen),
  roomForDatabase: async primary =>
    roomForCopies((await postgresServer(primary, config.data).place()).dataFolder),
  paths: { controlSocket: paths.controlSocket, logs: paths.logs, journal: paths.journal },
})
const drills = new DrillDesk(paths.drillRuns, asked.commandLine)
const token = adminToken()
const load = new LoadKeeper({ control, target: reachable(launch.public), asked, log })
const api = await startAdminApi({
  control,
  page: consolePage(),
  token,
  audit: fileAuditTrail(paths.audit, log),
  readings: { config: explainedConfig, doctor: examine, logs: streamLogs },
  databases: new DatabaseDesk(config, () => {
    const { instances } = control.state()
    return knownServers(
      config,
      instances.filter(({ tier }) => tier === "data").map(({ id }) => id),
    )
  }),
  load,
  drills,
  clock: systemClock,
  listen: { fd: inheritedFds.listen },
  log,
})
writeAdminAccess({ url: urlOf(launch.admin), token })

void control.deposed.then(async reason => {
  log.error({ err: reason }, "deposed; leaving")
  await leave(1)
})
let archive: ArchiveKeeper | undefined
const watching = new AbortController()
const stop = async () => {
  watching.abort()
  await api.close()
  load.close()
  await archive?.stop()
  await control.stop()
  await driver.close()
  await leave(0)
}
process.on("SIGTERM", () => void stop())
process.on("SIGINT", () => void stop())

await control.start()
if (config.data.backup.target !== undefined) archive = new ArchiveKeeper(log, asked)
load.resume()
void watchErrors(errors, log, watching.signal)
flushCompileCache()
endWhenDown(control, async () => {
  await drills.end()
  await driver.shutdown("after-down")
  await stop()
})

function settingsIn({ sharedBuffersMb, settings = {} }: PostgresConfig) {
  return { sharedBuffersMb, settings }
}

function startersFor(config: Config, asked: Asked) {
  const postgres = (id: string) => {
    const known = servers.get(id)
    if (known !== undefined) return known
    const server = postgresServer(id, databaseConfig)
    servers.set(id, server)
    return server
  }
  // Only who has a database of ours makes its secrets.
  const credentials = config.data.engine === "embedded" ? postgres("postgres-1").credentials : undefined
  const { user, password, database } = credentials ?? { user: "", password: "", database: "" }
  const urls = externalUrls(config)
  const program = hostedProgram(config, credentials)
  return createStarters({
    front: () => fronts.launch(),
    ...(program && { program }),
    settings: {
      app: config.app,
      database: { user, password, name: database, poolSize: config.data.poolSize, ...(urls && { urls }) },
      limits: limitsOf(config),
      drainTimeoutMs: config.web.drainTimeoutMs,
      appOptions: asked.appOptions,
      secureCookies: config.edge.tls.redirectToHttps,
      causalSecret: keptSecret(paths.causalSecret),
    },
    asked,
    postgres,
    promoted: promotedHere,
  })
}

type Place = { readonly host: string; readonly port: number }

/** Where it is reached from this machine. */
function reachable({ host, port }: Place): Place {
  return { host: host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host, port }
}

function urlOf(place: Place, scheme = "http"): string {
  const { host, port } = reachable(place)
  return `${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}`
}
