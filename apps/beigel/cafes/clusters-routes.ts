import { createRoute, z } from "@hono/zod-openapi"
import type { Services } from "banyan"
import { latitude, longitude } from "../http/fields.ts"
import { Problem } from "../http/problems.ts"
import { answers, newRoutes, refuses } from "../http/route-kit.ts"
import { encodeId } from "../public-id.ts"
import type { BeigelTables } from "../tables.ts"
import { cafeSchema } from "./cafe-json.ts"
import { cafeClusters, MAX_CELLS_ACROSS } from "./clusters-queries.ts"

export const clusterSchema = z
  .object({
    lat: z.number(),
    lon: z.number(),
    count: z.int().openapi({ description: "Cafés near there" }),
    cafe: cafeSchema
      .omit({ distanceM: true })
      .nullable()
      .openapi({ description: "The café, when it is one" }),
  })
  .openapi("Cluster")

const listClusters = createRoute({
  method: "get",
  path: "/api/cafes/clusters",
  summary: "Cafés of a part of the map, those near each other counted together",
  description: `At most ${MAX_CELLS_ACROSS + 1} clusters across and as many down. A box does not cross the date line.`,
  request: { query: z.object({ north: latitude, south: latitude, east: longitude, west: longitude }) },
  responses: {
    200: answers(
      "Every café of the box, in one cluster or alone",
      z.object({ items: z.array(clusterSchema) }),
    ),
    ...refuses(400),
  },
})

export function clustersRoutes({ db }: Services<BeigelTables>) {
  return newRoutes().openapi(listClusters, async context => {
    const box = context.req.valid("query")
    if (box.north <= box.south) throw emptyBox("north has to be greater than south", "query.north")
    if (box.east <= box.west) throw emptyBox("east has to be greater than west", "query.east")
    const rows = await cafeClusters(db, box).execute()
    const items = rows.map(({ id, name, address, ...row }): z.infer<typeof clusterSchema> => {
      const place = { lat: Number(row.lat), lon: Number(row.lon) }
      const count = Number(row.count)
      return { ...place, count, cafe: count === 1 ? { id: encodeId(id), name, address, ...place } : null }
    })
    return context.json({ items }, 200)
  })
}

function emptyBox(message: string, field: string): Problem {
  return new Problem("invalid-input", { message, field })
}
