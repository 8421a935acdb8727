import type { Hono } from "hono"
import { z } from "zod"
import { changeSchema, freezeBounds, killSignals, loadBounds, previewSchema } from "../../wire/admin.ts"
import type { Control } from "../control.ts"
import { wordsOf } from "../plan-starts.ts"
import type { Deed } from "./audited.ts"
import { bodyOf } from "./body-of.ts"
import type { LoadDesk } from "./load-desk.ts"

const killSchema = z.strictObject({ signal: z.enum(killSignals).default("SIGKILL") })
const { leastMs, mostMs, defaultMs } = freezeBounds
const freezeSchema = z.strictObject({ forMs: z.int().min(leastMs).max(mostMs).default(defaultMs) })
const { leastRps, mostRps } = loadBounds
const loadSchema = z.strictObject({ rps: z.number().min(leastRps).max(mostRps) })
const downSchema = z.strictObject({ drainTimeoutMs: z.int().positive().optional() })

/** The routes that ask for something. Each says what in the words of the command line, once it is understood. */
export function addDeeds(app: Hono<Deed>, control: Control, load: LoadDesk): void {
  app.post("/api/plan", async context =>
    context.json(await control.preview(await bodyOf(context, previewSchema))),
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
  app.post("/api/instances/:id/freeze", async context => {
    const { forMs } = await bodyOf(context, freezeSchema)
    const id = context.req.param("id")
    context.set("deed", `freeze ${id} --for ${forMs / 1000}s`)
    return context.json({ id, untilMs: await control.freeze(id, forMs) }, 202)
  })
  app.post("/api/instances/:id/thaw", async context => {
    const id = context.req.param("id")
    context.set("deed", `thaw ${id}`)
    await control.thaw(id)
    return context.json({ id }, 202)
  })
  app.post("/api/load/start", async context => {
    const { rps } = await bodyOf(context, loadSchema)
    context.set("deed", `load --rps ${rps}`)
    return context.json(load.start(rps), 202)
  })
  app.post("/api/load/stop", context => {
    context.set("deed", "load ends")
    return context.json(load.stop(), 202)
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
