import { join } from "node:path"
import { createRoleData, startWebRole } from "../../src/boot/instance/web-role.ts"
import { systemClock } from "../../src/kit/node/system-clock.ts"
import { createLog } from "../../src/telemetry/log.ts"
import { configSchema, limitsOf } from "../../src/topology/config.ts"

/** The whole web role as a service runs it: limits, time-outs, drain, counters, the log; on TCP instead of a Unix socket. */
const log = createLog("web-1")
const settings = {
  id: "web-1",
  app: join(import.meta.dirname, "app.ts"),
  version: "1",
  // Never connected to: the app has no data.
  database: { user: "bench", password: "", name: "bench", poolSize: 1 },
  limits: limitsOf(configSchema.parse({ app: "app.ts" })),
  appOptions: {},
  listen: { host: "127.0.0.1", port: Number(process.argv[2]) },
}
const role = await startWebRole(
  settings,
  createRoleData(settings, log, systemClock),
  log,
  systemClock,
  () => {},
)
process.on("SIGTERM", () => void role.stop(1000).then(() => process.exit()))
