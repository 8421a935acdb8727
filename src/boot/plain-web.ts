/**
 * Entry point of the app without a control plane, for whoever starts processes by other means (`banyan eject`): HTTP on
 * $PORT at 127.0.0.1 or $HOST, its database at $DATABASE_URL. Numbers and the app's path come from banyan.config.ts in
 * the working directory. SIGTERM drains it.
 */
import { systemClock } from "../kit/node/system-clock.ts"
import { createLog, flushLog } from "../telemetry/log.ts"
import { limitsOf } from "../topology/config.ts"
import { zeroEpoch } from "../wire/epoch.ts"
import type { ServiceMap } from "../wire/map.ts"
import { readFileConfig } from "./config/config-file.ts"
import { versionOf } from "./instance/app-version.ts"
import { parseDatabaseUrl, parsePort } from "./instance/plain-environment.ts"
import { createRoleData, startWebRole } from "./instance/web-role.ts"

const log = createLog(process.env["BANYAN_ID"] ?? "web")
const leave = async (code: number) => {
  await flushLog(log)
  process.exit(code)
}
process.on("unhandledRejection", error => log.error({ err: error }, "unhandled rejection; serving on"))
process.on("uncaughtException", error => {
  log.fatal({ err: error }, "uncaught exception; leaving")
  void leave(70)
})

try {
  const listen = { host: process.env["HOST"] ?? "127.0.0.1", port: parsePort(process.env["PORT"]) }
  const { address, ...credentials } = parseDatabaseUrl(process.env["DATABASE_URL"])
  const { value: config } = await readFileConfig()
  const { drainTimeoutMs } = config.web
  const map: ServiceMap = {
    wire: 1,
    epoch: zeroEpoch,
    stage: "balanced",
    fronts: [],
    backends: [],
    databases: [{ id: "postgres-1", role: "primary", address }],
    settings: { drainTimeoutMs },
  }
  const settings = {
    id: `web-${listen.port}`,
    app: config.app,
    version: versionOf(config.app),
    database: { ...credentials, poolSize: config.data.poolSize },
    limits: limitsOf(config),
    appOptions: {},
    listen,
  }
  const data = createRoleData(settings, log, systemClock)
  data.apply(map)
  const role = await startWebRole(settings, data, log, systemClock, words => log.info({}, words))
  log.info(listen, "started")
  const stop = async () => {
    await role.stop(drainTimeoutMs)
    await leave(0)
  }
  process.once("SIGTERM", () => {
    stop().catch(error => {
      log.error({ err: error }, "stop failed")
      void leave(1)
    })
  })
} catch (error) {
  log.fatal({ err: error }, "could not start")
  await leave(1)
}
