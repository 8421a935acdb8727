import type { Hono } from "hono"
import {
  type DrillOutput,
  type DrillRequest,
  type DrillRunView,
  type DrillsView,
  drillRequestSchema,
} from "../../wire/admin.ts"
import type { Deed } from "./audited.ts"
import { bodyOf } from "./body-of.ts"

/** Drills run elsewhere, one at a time; here they are begun, watched and read. */
export type Drills = {
  view(): Promise<DrillsView>
  start(request: DrillRequest): Promise<DrillRunView>
  cancel(id: string): DrillRunView
  output(id: string, after: number): Promise<DrillOutput>
  report(id: string, as: "report" | "page"): Promise<Uint8Array<ArrayBuffer>>
}

const reportHeaders = {
  report: { "content-type": "application/json" },
  /** It may quote what a service said: as a page it is somebody else's, in a sandbox, and is saved, not shown. */
  page: {
    "content-type": "text/html; charset=utf-8",
    "content-disposition": 'attachment; filename="drill.html"',
    "content-security-policy": "sandbox; default-src 'none'",
  },
} as const

export function addDrillRoutes(app: Hono<Deed>, drills: Drills): void {
  app.get("/api/drills", async context => context.json(await drills.view()))
  app.post("/api/drills/start", async context => {
    const request = await bodyOf(context, drillRequestSchema)
    const { name, short, seed } = request
    context.set("deed", `drill ${name}${short ? " --short" : ""}${seed === 1 ? "" : ` --seed ${seed}`}`)
    return context.json(await drills.start(request), 202)
  })
  app.post("/api/drills/:id/cancel", context => {
    const id = context.req.param("id")
    context.set("deed", `cancel drill ${id}`)
    return context.json(drills.cancel(id), 202)
  })
  app.get("/api/drills/:id/output", async context => {
    const after = context.req.query("after") ?? "0"
    const from = /^\d{1,12}$/.test(after) ? Number(after) : 0
    return context.json(await drills.output(context.req.param("id"), from))
  })
  for (const as of ["report", "page"] as const)
    app.get(`/api/drills/:id/${as}`, async context =>
      context.body(await drills.report(context.req.param("id"), as), 200, reportHeaders[as]),
    )
}
