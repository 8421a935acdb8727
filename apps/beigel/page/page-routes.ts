import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { Hono } from "hono"
import { etag } from "hono/etag"

const types: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
}

const files = ["index.html", "page.css", "page.js", "account.js", "api.js", "render.js", "icon.svg"]

/** Only what this host serves may run or be loaded, and no other page may frame it. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
  "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

/**
 * The page: a few files as they are, no build. They are read once, at start; a browser keeps them but asks each time
 * whether they are still the same, and mostly hears 304.
 */
export async function pageRoutes(): Promise<Hono> {
  const routes = new Hono()
  await Promise.all(
    files.map(async name => {
      const bytes = await readFile(new URL(name, import.meta.url))
      const tag = createHash("sha256").update(bytes).digest("base64url").slice(0, 22)
      const headers = {
        "content-type": types[name.slice(name.lastIndexOf(".") + 1)]!,
        "cache-control": "no-cache",
        "content-security-policy": CONTENT_SECURITY_POLICY,
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        etag: `"${tag}"`,
      }
      const path = name === "index.html" ? "/" : `/page/${name}`
      routes.get(path, etag(), context => context.body(new Uint8Array(bytes), 200, headers))
    }),
  )
  return routes
}
