import { createRoute, z } from "@hono/zod-openapi"
import type { Services } from "banyan"
import { defineCursor } from "../cursor.ts"
import { cafeId, cursorText, latitude, limit, longitude, searchText } from "../http/fields.ts"
import { Problem } from "../http/problems.ts"
import { answers, listOf, newRoutes, pageOf, placeOf, refuses } from "../http/route-kit.ts"
import type { BeigelTables } from "../tables.ts"
import { cafeJson, cafeSchema } from "./cafe-json.ts"
import { cafeById, cafesNamed, cafesNear } from "./cafes-queries.ts"

const nearCursor = defineCursor(
  "cafes-near",
  z.object({ lat: z.number(), lon: z.number(), chord: z.number().min(0).max(2), id: z.guid() }),
)
const nameCursor = defineCursor("cafes-named", z.object({ q: z.string(), nameKey: z.string(), id: z.guid() }))

const query = z.object({
  lat: latitude.optional(),
  lon: longitude.optional(),
  q: searchText.optional(),
  limit,
  cursor: cursorText,
})

const listCafes = createRoute({
  method: "get",
  path: "/api/cafes",
  summary: "Cafés nearest to a point (`lat` and `lon`), or by name (`q`)",
  request: { query },
  responses: { 200: answers("Nearest first, or by name", listOf(cafeSchema)), ...refuses(400) },
})

const getCafe = createRoute({
  method: "get",
  path: "/api/cafes/{id}",
  summary: "One café",
  request: { params: z.object({ id: cafeId }) },
  responses: { 200: answers("The café", cafeSchema), ...refuses(400, 404) },
})

export function cafesRoutes({ db }: Services<BeigelTables>) {
  return newRoutes()
    .openapi(listCafes, async context => {
      const { lat, lon, q, limit, cursor } = context.req.valid("query")
      if (q !== undefined) {
        if (lat !== undefined || lon !== undefined) throw eitherOr()
        return context.json(await listByName(db, q, cursor, limit), 200)
      }
      if (lat === undefined || lon === undefined)
        throw eitherOr(lat === undefined ? "query.lat" : "query.lon")
      return context.json(await listNear(db, { lat, lon }, cursor, limit), 200)
    })
    .openapi(getCafe, async context => {
      const { id } = context.req.valid("param")
      const row = await cafeById(db, id).executeTakeFirst()
      if (row === undefined) throw new Problem("not-found", { message: "There is no such café." })
      return context.json(cafeJson(row), 200)
    })
}

type Db = Services<BeigelTables>["db"]

async function listNear(
  db: Db,
  point: { lat: number; lon: number },
  cursor: string | undefined,
  limit: number,
) {
  const after = placeOf(nearCursor, cursor, place => place.lat === point.lat && place.lon === point.lon)
  const rows = await cafesNear(db, point, after, limit + 1).execute()
  const { page, nextCursor } = pageOf(rows, limit, nearCursor, ({ chord, id }) => ({ ...point, chord, id }))
  return { items: page.map(cafeJson), nextCursor }
}

async function listByName(db: Db, q: string, cursor: string | undefined, limit: number) {
  const after = placeOf(nameCursor, cursor, place => place.q === q)
  const rows = await cafesNamed(db, q, after, limit + 1).execute()
  const { page, nextCursor } = pageOf(rows, limit, nameCursor, row => ({
    q,
    nameKey: row.name_key,
    id: row.id,
  }))
  return { items: page.map(cafeJson), nextCursor }
}

function eitherOr(field = "query"): Problem {
  return new Problem("invalid-input", {
    message: "Give either lat and lon (the nearest cafés) or q (cafés by name).",
    field,
  })
}
