import { createRoute, z } from "@hono/zod-openapi"
import { createPostgresIdempotency, type Services } from "banyan"
import { requireUser, requireUserId } from "../accounts/require-user.ts"
import { cafeById } from "../cafes/cafes-queries.ts"
import { defineCursor } from "../cursor.ts"
import { cafeId, cursorText, limit, postId, postText } from "../http/fields.ts"
import { keyHeader, onceByKey } from "../http/keyed.ts"
import { Problem } from "../http/problems.ts"
import {
  answers,
  jsonBody,
  jsonOnly,
  listOf,
  newRoutes,
  pageOf,
  placeOf,
  refuses,
} from "../http/route-kit.ts"
import { encodePostId, type PostKey } from "../public-id.ts"
import type { BeigelTables } from "../tables.ts"
import { type PostJson, postJson, postSchema } from "./post-json.ts"
import { postByKey, postsOfCafe } from "./posts-queries.ts"
import { deletePost, editPost, setLike, writePost } from "./posts-writes.ts"

const postsCursor = defineCursor("posts", z.object({ cafeId: z.guid(), before: z.guid() }))

const atCafe = z.object({ id: cafeId })
const onPost = z.object({ id: postId })
const newText = z.object({ text: postText }).openapi("NewText")
const likeSchema = z.object({ id: z.string(), likeCount: z.int(), likedByMe: z.boolean() }).openapi("Like")

const listPosts = createRoute({
  method: "get",
  path: "/api/cafes/{id}/posts",
  summary: "A café's posts",
  request: { params: atCafe, query: z.object({ limit, cursor: cursorText }) },
  responses: { 200: answers("Newest first", listOf(postSchema)), ...refuses(400, 404) },
})

const addPost = createRoute({
  method: "post",
  path: "/api/cafes/{id}/posts",
  summary: "Write about a café",
  middleware: [jsonOnly],
  request: { params: atCafe, headers: keyHeader, body: jsonBody(newText) },
  responses: {
    201: answers("The post", postSchema),
    ...refuses(400, 401, 403, 404, 409, 413, 415, 422),
  },
})

const getPost = createRoute({
  method: "get",
  path: "/api/posts/{id}",
  summary: "One post",
  request: { params: onPost },
  responses: { 200: answers("The post", postSchema), ...refuses(400, 404) },
})

const changePost = createRoute({
  method: "patch",
  path: "/api/posts/{id}",
  summary: "Edit your post",
  middleware: [jsonOnly],
  request: { params: onPost, headers: keyHeader, body: jsonBody(newText) },
  responses: { 200: answers("The post", postSchema), ...refuses(400, 401, 403, 404, 409, 413, 415, 422) },
})

const removePost = createRoute({
  method: "delete",
  path: "/api/posts/{id}",
  summary: "Delete your post",
  request: { params: onPost },
  responses: { 204: { description: "It is gone" }, ...refuses(400, 401, 403, 404) },
})

const like = createRoute({
  method: "put",
  path: "/api/posts/{id}/like",
  summary: "Like a post; once is enough",
  request: { params: onPost },
  responses: { 200: answers("Liked", likeSchema), ...refuses(400, 401, 403, 404) },
})

const unlike = createRoute({
  method: "delete",
  path: "/api/posts/{id}/like",
  summary: "Take your like back",
  request: { params: onPost },
  responses: { 200: answers("Not liked", likeSchema), ...refuses(400, 401, 403, 404) },
})

export function postsRoutes({ db, transact }: Services<BeigelTables>) {
  const idempotency = createPostgresIdempotency({ transact })
  return newRoutes()
    .openapi(listPosts, async context => {
      const { id } = context.req.valid("param")
      const { limit, cursor } = context.req.valid("query")
      const viewerId = context.var.session?.userId
      const from = placeOf(postsCursor, cursor, place => place.cafeId === id)
      const rows = await postsOfCafe(db, id, viewerId, from?.before, limit + 1).execute()
      if (rows.length === 0 && (await cafeById(db, id).executeTakeFirst()) === undefined) {
        throw new Problem("not-found", { message: "There is no such café." })
      }
      const { page, nextCursor } = pageOf(rows, limit, postsCursor, row => ({ cafeId: id, before: row.id }))
      return context.json({ items: page.map(row => postJson(row, viewerId)), nextCursor }, 200)
    })
    .openapi(addPost, async context => {
      const author = await requireUser(context, db)
      const { id: home } = context.req.valid("param")
      return onceByKey(idempotency, context, { owner: author.id, home }, async tx => {
        const key = await writePost(tx, home, author, context.req.valid("json").text)
        context.header("location", `/api/posts/${encodePostId(key)}`)
        return context.json(await readPost(tx, key, author.id), 201)
      })
    })
    .openapi(getPost, async context =>
      context.json(await readPost(db, context.req.valid("param").id, context.var.session?.userId), 200),
    )
    .openapi(changePost, async context => {
      const userId = requireUserId(context)
      const key = context.req.valid("param").id
      return onceByKey(idempotency, context, { owner: userId, home: key.cafeId }, async tx => {
        await editPost(tx, key, userId, context.req.valid("json").text)
        return context.json(await readPost(tx, key, userId), 200)
      })
    })
    .openapi(removePost, async context => {
      await deletePost(transact, context.req.valid("param").id, requireUserId(context))
      return context.body(null, 204)
    })
    .openapi(like, async context =>
      context.json(await likeAs(context.req.valid("param").id, true, context), 200),
    )
    .openapi(unlike, async context =>
      context.json(await likeAs(context.req.valid("param").id, false, context), 200),
    )

  async function likeAs(key: PostKey, liked: boolean, context: Parameters<typeof requireUserId>[0]) {
    const likeCount = await setLike(transact, key, requireUserId(context), liked)
    return { id: encodePostId(key), likeCount, likedByMe: liked }
  }
}

async function readPost(
  db: Services<BeigelTables>["db"],
  key: PostKey,
  viewerId: string | undefined,
): Promise<PostJson> {
  const row = await postByKey(db, key, viewerId).executeTakeFirst()
  if (row === undefined)
    throw new Problem("not-found", { message: "There is no such post. It may have been deleted." })
  return postJson(row, viewerId)
}
