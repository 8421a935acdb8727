import { type Context, Hono } from "hono"
import { bodyLimit } from "hono/body-limit"
import { z } from "zod"
import type { Log } from "../../telemetry/log.ts"
import { changeSchema } from "../../wire/admin.ts"
import type { Control } from "../control.ts"
import { controlError } from "../control-errors.ts"
import { answerThrown, errorAnswer } from "./error-answer.ts"
import { eventStream } from "./event-stream.ts"
import { guards, requireJson } from "./guards.ts"
import { writeMetrics } from "./metrics.ts"
import { addPageRoutes, type Page } from "./page-routes.ts"

export type RoutesOptions = {
  readonly control: Control
  /** What a browser loads. */
  readonly page: Page
  /** What every route but the page's asks for. */
  readonly token: string
  readonly log: Log
  readonly port: () => number
  /** How long a request waits for a control plane that is taking over. Default 10 s. */
  readonly readyTimeoutMs?: number
}

const maxBodyBytes = 64 * 1024
const signals = ["SIGKILL", "SIGTERM", "SIGINT", "SIGQUIT", "SIGSTOP", "SIGCONT", "SIGHUP"] as const
const killSchema = z.strictObject({ signal: z.enum(signals).default("SIGKILL") })
const downSchema = z.strictObject({ drainTimeoutMs: z.int().positive().optional() })

/** Every route of the admin API. `wire/admin.ts` says what goes in and out. */
export function createRoutes(options: RoutesOptions): Hono {
  const { control, page, token, port, log, readyTimeoutMs = 10_000 } = options
  const app = new Hono()
  app.use(async (context, next) => {
    await next()
    if (!context.res.headers.has("cache-control")) context.header("cache-control", "no-store")
    context.header("x-content-type-options", "nosniff")
    context.header("referrer-policy", "no-referrer")
  })
  app.use(guards({ token, port }))
  app.use(requireJson)
  const onError = (context: Context) =>
    errorAnswer(context, 413, controlError("BN1332", { reason: "it is too long" }))
  app.use(bodyLimit({ maxSize: maxBodyBytes, onError }))

  // A control plane that has just come back takes a moment: whoever asks meanwhile waits for the truth.
  app.use(async (context, next) => {
    if (/^\/api\/(?!events)/.test(context.req.path) && !(await control.ready(readyTimeoutMs)))
      throw controlError("BN1308")
    await next()
  })

  addPageRoutes(app, page)
  app.get("/api/state", context => context.json(control.state()))
  app.get("/api/ladder", context => context.json(control.ladder()))
  app.get("/api/timeline", context => context.json(control.timeline()))
  app.get("/api/history", context => context.json(control.history()))
  app.get("/api/events", context => eventStream(context, control.events))
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

  app.post("/api/plan", async context =>
    context.json(await control.preview(await bodyOf(context, changeSchema))),
  )
  app.post("/api/changes", async context => {
    const plan = await control.change(await bodyOf(context, changeSchema))
    return plan === undefined ? context.json({ plan: null }, 200) : context.json(plan, 202)
  })
  app.post("/api/instances/:id/kill", async context => {
    const { signal } = await bodyOf(context, killSchema)
    const id = context.req.param("id")
    await control.kill(id, signal)
    return context.json({ id, signal }, 202)
  })
  app.post("/api/certificates/renew", context => context.json(control.renewCertificate(), 202))
  app.post("/api/down", async context => {
    const { drainTimeoutMs } = await bodyOf(context, downSchema)
    const plan = await control.down(drainTimeoutMs === undefined ? {} : { drainTimeoutMs })
    return context.json(plan, 202)
  })

  app.notFound(context => wrongRoute(app, context))
  app.onError((error, context) => {
    const answer = answerThrown(context, error)
    if (answer.status >= 500) log.error({ err: error, path: context.req.path }, "admin API: request failed")
    return answer
  })
  return app
}

async function bodyOf<T extends z.ZodType>(context: Context, schema: T): Promise<z.output<T>> {
  const text = await context.req.text()
  let value: unknown
  try {
    value = text === "" ? {} : JSON.parse(text)
  } catch {
    throw controlError("BN1332", { reason: "it is not JSON" })
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const where = issue?.path.length ? `${issue.path.join("/")}: ` : ""
  throw controlError("BN1332", { reason: `${where}${issue?.message ?? "not understood"}` })
}

/** 405 with the methods that would do, or 404. */
function wrongRoute(app: Hono, context: Context): Response {
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
