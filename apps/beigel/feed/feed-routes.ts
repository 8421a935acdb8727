import { createRoute, z } from "@hono/zod-openapi"
import type { Services } from "banyan"
import { defineCursor } from "../cursor.ts"
import { cursorText, limit, point } from "../http/fields.ts"
import { answers, listOf, newRoutes, pageOf, placeOf, refuses } from "../http/route-kit.ts"
import type { BeigelTables } from "../tables.ts"
import { feedItemJson, feedItemSchema } from "./feed-json.ts"
import { CAFES_IN_FEED, feedNear } from "./feed-queries.ts"

const feedCursor = defineCursor("feed", z.object({ lat: z.number(), lon: z.number(), before: z.guid() }))

const getFeed = createRoute({
  method: "get",
  path: "/api/feed",
  summary: `Newest posts at the ${CAFES_IN_FEED} cafés nearest to a point`,
  request: { query: point.extend({ limit, cursor: cursorText }) },
  responses: { 200: answers("Newest first", listOf(feedItemSchema)), ...refuses(400) },
})

export function feedRoutes({ db }: Services<BeigelTables>) {
  return newRoutes().openapi(getFeed, async context => {
    const { lat, lon, limit, cursor } = context.req.valid("query")
    const viewerId = context.var.session?.userId
    const from = placeOf(feedCursor, cursor, place => place.lat === lat && place.lon === lon)
    const rows = await feedNear(db, { lat, lon }, viewerId, { before: from?.before }, limit + 1).execute()
    const { page, nextCursor } = pageOf(rows, limit, feedCursor, row => ({ lat, lon, before: row.id }))
    return context.json({ items: page.map(row => feedItemJson(row, viewerId)), nextCursor }, 200)
  })
}
