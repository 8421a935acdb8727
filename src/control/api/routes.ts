import { type Context, Hono } from "hono"
import { bodyLimit } from "hono/body-limit"
import type { Clock } from "../../kit/clock.ts"
import type { Log } from "../../telemetry/log.ts"
import type { FieldView, Finding } from "../../wire/admin.ts"
import type { AuditTrail } from "../audit/audit-trail.ts"
import type { Control } from "../control.ts"
import { controlError } from "../control-errors.ts"
import { audited, type Deed } from "./audited.ts"
import { addDatabaseRoutes, type Databases } from "./database-routes.ts"
import { addDeeds } from "./deeds.ts"
import { addDrillRoutes, type Drills } from "./drill-routes.ts"
import { answerThrown, errorAnswer } from "./error-answer.ts"
import { eventStream } from "./event-stream.ts"
import { guards, requireJson } from "./guards.ts"
import type { LoadDesk } from "./load-desk.ts"
import { logStreams, type ReadLogs } from "./log-stream.ts"
import { writeMetrics } from "./metrics.ts"
import { addPageRoutes, type Page } from "./page-routes.ts"
import { addRequestRoutes } from "./request-routes.ts"

/** What is read anew for each who asks. */
export type Readings = {
  config(): Promise<readonly FieldView[]>
  doctor(): Promise<readonly Finding[]>
  readonly logs: ReadLogs
}

export type RoutesOptions = {
  readonly control: Control
  /** What a browser loads. */
  readonly page: Page
  /** What every route but the page's asks for. */
  readonly token: string
  readonly audit: AuditTrail
  readonly readings: Readings
  readonly databases: Databases
  readonly load: LoadDesk
  readonly drills: Drills
  readonly clock: Clock
  readonly log: Log
  readonly port: () => number
  /** How long a request waits for a control plane that is taking over. Default 10 s. */
  readonly readyTimeoutMs?: number
}

const maxBodyBytes = 64 * 1024

/** Every route of the admin API. `wire/admin.ts` says what goes in and out. */
export function createRoutes(options: RoutesOptions): Hono<Deed> {
  const {
    control,
    page,
    token,
    port,
    audit,
    readings,
    load,
    databases,
    drills,
    clock,
    log,
    readyTimeoutMs = 10_000,
  } = options
  const app = new Hono<Deed>()
  app.use(async (context, next) => {
    await next()
    if (!context.res.headers.has("cache-control")) context.header("cache-control", "no-store")
    context.header("x-content-type-options", "nosniff")
    context.header("referrer-policy", "no-referrer")
  })
  app.use(guards({ token, port }))
  app.use(audited(audit, clock))
  app.use(requireJson)
  const onError = (context: Context) =>
    errorAnswer(context, 413, controlError("BN1332", { reason: "it is too long" }))
  app.use(bodyLimit({ maxSize: maxBodyBytes, onError }))

  // A control plane that has just come back takes a moment: whoever asks meanwhile waits for the truth.
  app.use(async (context, next) => {
    if (/^\/api\/(?!events|logs)/.test(context.req.path) && !(await control.ready(readyTimeoutMs)))
      throw controlError("BN1308")
    await next()
  })

  addPageRoutes(app, page)
  app.get("/api/state", context => context.json(control.state()))
  app.get("/api/ladder", context => context.json(control.ladder()))
  app.get("/api/timeline", context => context.json(control.timeline()))
  app.get("/api/history", context => context.json(control.history()))
  app.get("/api/audit", context => context.json({ schema: 1, entries: audit.entries() }))
  app.get("/api/config", async context => context.json({ schema: 1, fields: await readings.config() }))
  app.get("/api/doctor", async context => context.json({ schema: 1, findings: await readings.doctor() }))
  app.get("/api/events", context => eventStream(context, control.events))
  app.get("/api/logs", logStreams(readings.logs))
  app.get("/api/plans/:id", context => {
    const id = context.req.param("id")
    const plan = control.plan(id)
    if (plan === undefined) throw controlError("BN1333", { id })
    return context.json(plan)
  })
  app.get("/metrics", async context => {
    const { type, text } = await writeMetrics(control)
    return context.body(text, 200, { "content-type": type })
  })
  app.get("/api/load", context => context.json(load.view()))
  addDatabaseRoutes(app, databases)
  addDrillRoutes(app, drills)
  addRequestRoutes(app, control)
  addDeeds(app, control, load)

  app.notFound(context => wrongRoute(app, context))
  app.onError((error, context) => {
    const answer = answerThrown(context, error)
    if (answer.status >= 500) log.error({ err: error, path: context.req.path }, "admin API: request failed")
    return answer
  })
  return app
}

/** 405 with the methods that would do, or 404. */
function wrongRoute(app: Hono<Deed>, context: Context): Response {
  const { path } = context.req
  const fits = (pattern: string) =>
    new RegExp(`^${pattern.replace(/:[a-z]+/g, "[^/]+")}$`).test(path) && pattern !== "/*"
  const methods = new Set(app.routes.filter(route => fits(route.path)).map(route => route.method))
  const error = controlError("BN1331", { path })
  if (methods.size === 0) return errorAnswer(context, 404, error)
  context.header("allow", [...methods].join(", "))
  return errorAnswer(
    context,
    405,
    controlError("BN1330", { reason: `${path} takes ${[...methods].join(", ")}` }),
  )
}
