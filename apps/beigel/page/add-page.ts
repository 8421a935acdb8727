import type { OpenAPIHono } from "@hono/zod-openapi"
import type { Services } from "banyan"
import { Problem } from "../http/problems.ts"
import type { Env } from "../http/route-kit.ts"
import type { BeigelTables } from "../tables.ts"
import { builtPage } from "./built-page.ts"
import { readPageFiles } from "./page-files.ts"
import { lostPage, noPageRoutes, pageRoutes } from "./page-routes.ts"

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
    const files = await readPageFiles(await builtPage(progress))
    web.route("/", pageRoutes(files))
    web.notFound(context => lostPage(files, context) ?? new Problem("not-found").toResponse())
  } catch (error) {
    log.error({ err: error }, "the page could not be built; the API serves without it")
    web.route("/", noPageRoutes())
  }
}
