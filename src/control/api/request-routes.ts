import type { Hono } from "hono"
import type { Control } from "../control.ts"
import { requestFilterSchema } from "../requests/list-requests.ts"
import type { Deed } from "./audited.ts"
import { queryOf } from "./query-of.ts"

/** The requests that instances keep: all that fit the query, or one with its steps. */
export function addRequestRoutes(app: Hono<Deed>, control: Control): void {
  app.get("/api/requests", async context =>
    context.json(await control.requests.list(queryOf(context, requestFilterSchema))),
  )
  app.get("/api/requests/:id", async context =>
    context.json(await control.requests.one(context.req.param("id"))),
  )
}
