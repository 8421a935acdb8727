import { createRoute, z } from "@hono/zod-openapi"
import type { Services } from "banyan"
import { userSchema } from "../accounts/accounts-routes.ts"
import { defineCursor } from "../cursor.ts"
import { cursorText, limit, userId } from "../http/fields.ts"
import { Problem } from "../http/problems.ts"
import { answers, listOf, newRoutes, pageOf, placeOf, refuses } from "../http/route-kit.ts"
import { postJson, postSchema } from "../posts/post-json.ts"
import { encodeId } from "../public-id.ts"
import type { BeigelTables } from "../tables.ts"
import { personById, postsOfPerson } from "./people-queries.ts"

const personCursor = defineCursor("person", z.object({ userId: z.guid(), before: z.guid() }))
const params = z.object({ id: userId })

export const placedPostSchema = postSchema.extend({ cafeName: z.string() }).openapi("PlacedPost")

const getPerson = createRoute({
  method: "get",
  path: "/api/users/{id}",
  summary: "Who somebody is",
  request: { params },
  responses: { 200: answers("The person", userSchema), ...refuses(400, 404) },
})

const listTheirPosts = createRoute({
  method: "get",
  path: "/api/users/{id}/posts",
  summary: "What somebody has written, about any café",
  request: { params, query: z.object({ limit, cursor: cursorText }) },
  responses: { 200: answers("Newest first", listOf(placedPostSchema)), ...refuses(400, 404) },
})

export function peopleRoutes({ db }: Services<BeigelTables>) {
  return newRoutes()
    .openapi(getPerson, async context => {
      const person = await personById(db, context.req.valid("param").id).executeTakeFirst()
      if (person === undefined) throw noSuchPerson()
      return context.json({ id: encodeId(person.id), handle: person.handle }, 200)
    })
    .openapi(listTheirPosts, async context => {
      const { id } = context.req.valid("param")
      const { limit, cursor } = context.req.valid("query")
      const viewerId = context.var.session?.userId
      const from = placeOf(personCursor, cursor, place => place.userId === id)
      const rows = await postsOfPerson(db, id, viewerId, from?.before, limit + 1).execute()
      if (rows.length === 0 && (await personById(db, id).executeTakeFirst()) === undefined)
        throw noSuchPerson()
      const { page, nextCursor } = pageOf(rows, limit, personCursor, row => ({ userId: id, before: row.id }))
      const items = page.map(row => ({ ...postJson(row, viewerId), cafeName: row.cafe_name }))
      return context.json({ items, nextCursor }, 200)
    })
}

function noSuchPerson(): Problem {
  return new Problem("not-found", { message: "There is no such person." })
}
