import type { Hono } from "hono"
import {
  type BackupsView,
  type DataTierView,
  type SqlAnswer,
  type SqlRequest,
  sqlRequestSchema,
} from "../../wire/admin.ts"
import type { Deed } from "./audited.ts"
import { bodyOf } from "./body-of.ts"

/** What is read of the databases, and asked of them. Who implements it keeps to `sqlLimits`. */
export type Databases = {
  look(): Promise<DataTierView>
  backups(): Promise<BackupsView>
  /** Throws what the database says; given up when the signal aborts. */
  ask(request: SqlRequest, signal: AbortSignal): Promise<SqlAnswer>
}

/** The databases: their figures, their backups, and statements that only read. Each statement is in the audit trail. */
export function addDatabaseRoutes(app: Hono<Deed>, databases: Databases): void {
  app.get("/api/data", async context => context.json(await databases.look()))
  app.get("/api/backups", async context => context.json(await databases.backups()))
  app.post("/api/sql", async context => {
    const request = await bodyOf(context, sqlRequestSchema)
    const { sql, instance = "a database" } = request
    context.set("deed", `sql ${instance}: ${sql}`)
    // Whoever closes the connection cancels.
    const answer = await databases.ask(request, context.req.raw.signal)
    context.set("deed", `sql ${answer.instance}: ${sql}`)
    context.set("rows", answer.rows.length)
    return context.json(answer)
  })
}
