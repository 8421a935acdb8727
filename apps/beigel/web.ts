import type { Services, WebHandler } from "banyan"
import { isSameOrigin } from "banyan"
import { bodyLimit } from "hono/body-limit"
import { createMiddleware } from "hono/factory"
import { accountsRoutes } from "./accounts/accounts-routes.ts"
import { cafesRoutes } from "./cafes/cafes-routes.ts"
import { clustersRoutes } from "./cafes/clusters-routes.ts"
import { feedRoutes } from "./feed/feed-routes.ts"
import { answerError } from "./http/answer-error.ts"
import { Problem } from "./http/problems.ts"
import { type Env, newRoutes } from "./http/route-kit.ts"
import { LiveHub } from "./live/live-hub.ts"
import { liveRoutes, liveUpgrade } from "./live/live-routes.ts"
import { addPage } from "./page/add-page.ts"
import { peopleRoutes } from "./people/people-routes.ts"
import { postsRoutes } from "./posts/posts-routes.ts"
import type { BeigelTables } from "./tables.ts"

const MAX_BODY_BYTES = 64 * 1024

/** Beigel's web side: the API, its live feeds, its document and its page. */
export async function createWeb(
  services: Services<BeigelTables>,
  progress: (words: string) => void,
): Promise<WebHandler> {
  const hub = new LiveHub(services)
  const web = createApi(services, hub)
  await addPage(web, services, progress)
  return { fetch: request => web.fetch(request), upgrade: liveUpgrade(services, hub) }
}

/** The API alone. Every route in it documents itself at `/openapi.json`. */
export function createApi(services: Services<BeigelTables>, hub: LiveHub) {
  const api = newRoutes()
  api.onError(answerError)
  api.notFound(() => new Problem("not-found").toResponse())
  api.use("/api/*", neverStored, ownPagesOnly)
  api.use("/api/*", bodyLimit({ maxSize: MAX_BODY_BYTES, onError: refuseBody }))
  api.use("/api/*", withSession(services))
  api.route("/", accountsRoutes(services))
  api.route("/", clustersRoutes(services))
  api.route("/", cafesRoutes(services))
  api.route("/", postsRoutes(services))
  api.route("/", peopleRoutes(services))
  api.route("/", feedRoutes(services))
  api.route("/", liveRoutes(services, hub))
  api.doc31("/openapi.json", {
    openapi: "3.1.0",
    info: {
      title: "Beigel",
      version: "1.0.0",
      description:
        "Cafés near you, and what people write about them. Ids and cursors are opaque. Lists are cut in pages: send " +
        "`nextCursor` as `cursor` for the next one. Changes need a same-origin `Origin` header.",
    },
  })
  return api
}

/** Answers differ by who asks. */
const neverStored = createMiddleware<Env>(async (context, next) => {
  await next()
  context.header("cache-control", "no-store")
})

/** No foreign page changes anything in a reader's name. */
const ownPagesOnly = createMiddleware<Env>(async (context, next) => {
  if (!isSameOrigin(context.req.raw)) throw new Problem("foreign-origin")
  await next()
})

function refuseBody(): never {
  throw new Problem("too-large")
}

function withSession({ sessions }: Services<BeigelTables>) {
  return createMiddleware<Env>(async (context, next) => {
    const cookie = context.req.header("cookie")
    context.set("session", cookie === undefined ? undefined : await sessions.find(cookie))
    await next()
  })
}
