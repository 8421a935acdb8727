import type { Context, Hono } from "hono"
import { controlError } from "../control-errors.ts"

export type PageFile = { readonly bytes: Uint8Array<ArrayBuffer>; readonly type: string }
/** The console's files by path: `index.html`, `assets/index-4f2a.js`. They are the same for everybody and hold no data. */
export type Page = () => Promise<ReadonlyMap<string, PageFile>>

/** Every address that opens the console; what it shows there is its own affair. */
export const pagePaths = ["/", "/ladder", "/charts", "/timeline", "/instances", "/instances/:id"] as const
const assetPath = "/assets/:name"

/** Nothing may be loaded, sent to or framed by but this origin. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ")

/** The console: one document at every address of its own, and what that loads. */
export function addPageRoutes(app: Hono, page: Page): void {
  const document = async (context: Context) => {
    const { bytes } = (await page()).get("index.html")!
    return context.body(bytes, 200, {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
      "x-frame-options": "DENY",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
    })
  }
  for (const path of pagePaths) app.get(path, document)
  app.get(assetPath, async context => {
    const file = (await page()).get(`assets/${context.req.param("name")}`)
    if (file === undefined) throw controlError("BN1331", { path: context.req.path })
    return context.body(file.bytes, 200, {
      "content-type": file.type,
      // A name holds the hash of what it names.
      "cache-control": "private, max-age=31536000, immutable",
      "cross-origin-resource-policy": "same-origin",
    })
  })
}

const patterns = [...pagePaths, assetPath].map(path => new RegExp(`^${path.replace(/:[a-z]+/g, "[^/]+")}$`))

/** The console without any data in it: the only thing served without a token. */
export function isPage(method: string, path: string): boolean {
  return (method === "GET" || method === "HEAD") && patterns.some(pattern => pattern.test(path))
}
