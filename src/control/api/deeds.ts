import type { Context, Hono } from "hono"
import { z } from "zod"
import { changeSchema } from "../../wire/admin.ts"
import type { Control } from "../control.ts"
import { controlError } from "../control-errors.ts"
import { wordsOf } from "../plan-starts.ts"
import type { Deed } from "./audited.ts"

const signals = ["SIGKILL", "SIGTERM", "SIGINT", "SIGQUIT", "SIGSTOP", "SIGCONT", "SIGHUP"] as const
const killSchema = z.strictObject({ signal: z.enum(signals).default("SIGKILL") })
const downSchema = z.strictObject({ drainTimeoutMs: z.int().positive().optional() })

/** The routes that ask for something. Each says what in the words of the command line, once it is understood. */
export function addDeeds(app: Hono<Deed>, control: Control): void {
  app.post("/api/plan", async context =>
    context.json(await control.preview(await bodyOf(context, changeSchema))),
  )
  app.post("/api/changes", async context => {
    const change = await bodyOf(context, changeSchema)
    context.set("deed", wordsOf(change))
    const plan = await control.change(change)
    context.set("plan", plan?.id ?? null)
    return plan === undefined ? context.json({ plan: null }, 200) : context.json(plan, 202)
  })
  app.post("/api/instances/:id/kill", async context => {
    const { signal } = await bodyOf(context, killSchema)
    const id = context.req.param("id")
    context.set("deed", signal === "SIGKILL" ? `kill ${id}` : `kill ${id} --signal ${signal.slice(3)}`)
    await control.kill(id, signal)
    return context.json({ id, signal }, 202)
  })
  app.post("/api/certificates/renew", context => {
    context.set("deed", "certificates renew")
    return context.json(control.renewCertificate(), 202)
  })
  app.post("/api/down", async context => {
    const { drainTimeoutMs } = await bodyOf(context, downSchema)
    context.set("deed", "down")
    const plan = await control.down(drainTimeoutMs === undefined ? {} : { drainTimeoutMs })
    context.set("plan", plan.id)
    return context.json(plan, 202)
  })
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
