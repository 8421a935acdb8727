import { fileURLToPath } from "node:url"
import type { OpenAPIHono } from "@hono/zod-openapi"
import type { Services } from "banyan"
import { loadPage, type PageSources } from "banyan/page"
import { Problem } from "../http/problems.ts"
import type { Env } from "../http/route-kit.ts"
import type { BeigelTables } from "../tables.ts"
import { lostPage, noPageRoutes, pageRoutes } from "./page-routes.ts"

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** What the page is made of: besides its own files what is drawn on its map, and its libraries by the lock file. */
export const pageSources: PageSources = {
  source: at("../web"),
  cache: at("../web/dist"),
  alsoFrom: [at("../data/nyc-neighborhoods.geojson"), at("../../../package-lock.json")],
}

/**
 * Puts the page beside the API, built first when these sources never were. A page that cannot be built takes nothing
 * else along: the API serves, and the log says why.
 */
export async function addPage(
  web: OpenAPIHono<Env>,
  { log }: Services<BeigelTables>,
  progress: (words: string) => void,
): Promise<void> {
  try {
    const files = await loadPage({ ...pageSources, progress })
    web.route("/", pageRoutes(files))
    web.notFound(context => lostPage(files, context) ?? new Problem("not-found").toResponse())
  } catch (error) {
    log.error({ err: error }, "the page could not be built; the API serves without it")
    web.route("/", noPageRoutes())
  }
}
