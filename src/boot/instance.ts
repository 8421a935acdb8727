/**
 * Entry point of every process a request passes: app (edge and web in one), edge, web.
 *
 * It joins the tiers it plays to the map. Nothing here decides: the map says, the roles do, reports tell.
 */
import { flushCompileCache } from "node:module"
import { systemClock } from "../kit/node/system-clock.ts"
import { createLog, flushLog, type Log } from "../telemetry/log.ts"
import type { Launch } from "../wire/launch.ts"
import { InstanceProcess } from "./instance/instance-process.ts"
import { readLaunch } from "./instance/launch-payload.ts"

const launch: Launch = readLaunch()
const log: Log = createLog(launch.id, { minBytes: 32 * 1024 })
const instance = new InstanceProcess(launch, log, systemClock)

const leave = async (code: number) => {
  await flushLog(log)
  process.exit(code)
}

// An edge that is not open yet has nothing to wait for; it lives until it is told to stop all the same.
setInterval(() => {}, 2 ** 30)

let stopping = false
const stop = (signal: string) => {
  if (stopping) return
  stopping = true
  log.info({ signal }, "stopping")
  instance.stop().then(
    () => leave(0),
    error => {
      log.error({ err: error }, "stop failed")
      void leave(1)
    },
  )
}
process.on("SIGTERM", () => stop("SIGTERM"))
process.on("SIGINT", () => stop("SIGINT"))
// The terminal that started us may close; the service has nothing to do with it.
process.on("SIGHUP", () => {})
// One request's forgotten promise must not end everybody's service. What is thrown past every handler may have left
// anything half done: the process ends, and the control plane starts a fresh one.
process.on("unhandledRejection", error => log.error({ err: error }, "unhandled rejection; serving on"))
process.on("uncaughtException", error => {
  log.fatal({ err: error }, "uncaught exception; leaving")
  void leave(70)
})

instance.start().then(flushCompileCache, async error => {
  log.fatal({ err: error }, "could not start")
  await instance.tellFailure(error)
  await leave(1)
})
