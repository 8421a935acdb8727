import { createRoute, z } from "@hono/zod-openapi"
import type { Services, WebHandler } from "banyan"
import { isSameOrigin } from "banyan"
import { point, postId } from "../http/fields.ts"
import { Problem } from "../http/problems.ts"
import { newRoutes, refuses } from "../http/route-kit.ts"
import type { BeigelTables } from "../tables.ts"
import { cafesOfFeed, missedSince } from "./live-feed.ts"
import type { LiveHub } from "./live-hub.ts"
import { liveSocket } from "./live-socket.ts"
import { liveStream } from "./live-stream.ts"

const followFeed = createRoute({
  method: "get",
  path: "/api/feed/live",
  summary: "What is written near a point from now on, as server-sent events",
  description:
    "Events `post` and `edit` carry a post, `delete` its id; `gap` asks to read the feed again. Connecting again " +
    "with Last-Event-ID tells what was missed; a post may come twice, its id tells.",
  request: { query: point, headers: z.object({ "last-event-id": postId.optional() }) },
  responses: {
    200: {
      description: "Until either side ends it",
      content: { "text/event-stream": { schema: z.string() } },
    },
    ...refuses(400),
  },
})

const followBySocket = createRoute({
  method: "get",
  path: "/api/live",
  summary: "The same as a WebSocket",
  description: 'Messages are `{ type, post }`. Send `{ lat, lon }` to move; `{ type: "moved" }` confirms it.',
  request: { query: point },
  responses: { 101: { description: "The WebSocket is open" }, ...refuses(400, 403, 426) },
})

export function liveRoutes({ db }: Services<BeigelTables>, hub: LiveHub) {
  return newRoutes()
    .openapi(followFeed, async context => {
      const place = context.req.valid("query")
      const seen = context.req.valid("header")["last-event-id"]
      const stream = await liveStream({
        hub,
        cafeIds: await cafesOfFeed(db, place),
        missed: async () => (seen === undefined ? [] : missedSince(db, place, seen.postId)),
      })
      return context.body(stream, 200, { "content-type": "text/event-stream", "cache-control": "no-store" })
    })
    .openapi(followBySocket, () => {
      throw new Problem("upgrade-first")
    })
}

/** WebSockets: what an upgrade is answered with. Feeds are public, yet no foreign page opens one in a reader's name. */
export function liveUpgrade(
  services: Services<BeigelTables>,
  hub: LiveHub,
): NonNullable<WebHandler["upgrade"]> {
  return async request => {
    const url = new URL(request.url)
    if (url.pathname !== "/api/live") return new Problem("not-found").toResponse()
    if (request.headers.has("origin") && !isSameOrigin(request))
      return new Problem("foreign-origin").toResponse()
    const place = point.safeParse(Object.fromEntries(url.searchParams))
    if (place.success) return liveSocket(services, hub, place.data)
    const issue = place.error.issues[0]
    const field = ["query", ...(issue?.path ?? [])].join(".")
    return new Problem("invalid-input", { field, ...(issue && { message: issue.message }) }).toResponse()
  }
}
