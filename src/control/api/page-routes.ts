import type { Context, Env, Hono } from "hono"
import { answerFile, type PageFiles, strictHeaders } from "../../page/index.ts"
import { controlError } from "../control-errors.ts"

/** The console's files. They are the same for everybody and hold no data. */
export type Page = () => Promise<PageFiles>

/** Every address that opens the console; what it shows there is its own affair. */
export const pagePaths = [
  "/",
  "/ladder",
  "/charts",
  "/requests",
  "/requests/:id",
  "/timeline",
  "/logs",
  "/instances",
  "/instances/:id",
  "/data",
  "/drills",
  "/audit",
  "/config",
  "/doctor",
] as const
const assetPath = "/assets/:name"

const headers = strictHeaders(["img-src 'self' data:", "form-action 'none'"])

/** The console: one document at every address of its own, and what that loads. */
export function addPageRoutes<E extends Env>(app: Hono<E>, page: Page): void {
  const answer = async ({ req }: Context, path: string) => {
    const file = (await page()).get(path)
    if (file === undefined) throw controlError("BN1331", { path: req.path })
    return answerFile(req.raw, file, { headers })
  }
  for (const path of pagePaths) app.get(path, context => answer(context, "/index.html"))
  app.get(assetPath, context => answer(context, `/assets/${context.req.param("name")}`))
}

const patterns = [...pagePaths, assetPath].map(path => new RegExp(`^${path.replace(/:[a-z]+/g, "[^/]+")}$`))

/** The console without any data in it: the only thing served without a token. */
export function isPage(method: string, path: string): boolean {
  return (method === "GET" || method === "HEAD") && patterns.some(pattern => pattern.test(path))
}
