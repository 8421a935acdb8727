import { type Context, Hono } from "hono"
import { codingFor } from "./accept-encoding.ts"
import type { PageFile, PageFiles } from "./page-files.ts"

/** Only what this host serves may run or be loaded, no text becomes a script, and no other page may frame it. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  ..."script style img font connect manifest worker".split(" ").map(kind => `${kind}-src 'self'`),
  "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  "require-trusted-types-for 'script'; trusted-types offline-worker",
].join("; ")

const guards = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "permissions-policy": "geolocation=(self), camera=(), microphone=(), payment=()",
  "cross-origin-opener-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "referrer-policy": "same-origin",
}

/** The page's views, each an address of its own. `web/src/routes.ts` draws them. */
export const views = ["/", "/feed", "/search", "/you", "/cafes/:id", "/people/:id"]

/**
 * The page: the files of its build and, under each view's address, the one document. Files whose names hold their hash
 * are kept for a year; of the others a browser asks each time whether they are still the same, and mostly hears 304.
 */
export function pageRoutes(files: PageFiles): Hono {
  const routes = new Hono()
  const shell = files.get("/index.html")!
  for (const path of views) routes.get(path, context => answer(context, shell, 200))
  for (const [path, file] of files) routes.get(path, context => answer(context, file, 200))
  return routes
}

/** What is shown in place of the page when it could not be built. The API does not need it. */
export function noPageRoutes(): Hono {
  const routes = new Hono()
  for (const path of views)
    routes.get(path, context =>
      context.text(
        "Beigel's page could not be built; its log says why. The API works: /openapi.json\n",
        503,
        {
          "retry-after": "60",
          ...guards,
        },
      ),
    )
  return routes
}

/** A person who comes by an old or mistyped address gets the page, which says so; a program gets the API's words. */
export function lostPage(files: PageFiles, context: Context): Response | undefined {
  const { method, path, header } = {
    method: context.req.method,
    path: context.req.path,
    header: context.req.header(),
  }
  const isPerson = method === "GET" && !path.startsWith("/api/") && header["accept"]?.includes("text/html")
  return isPerson ? answer(context, files.get("/index.html")!, 404) : undefined
}

function answer(context: Context, file: PageFile, status: 200 | 404): Response {
  const wanted = codingFor(context.req.header("accept-encoding"))
  const coding = file.codings.has(wanted) ? wanted : "identity"
  const { bytes, etag } = file.codings.get(coding)!
  const headers: Record<string, string> = {
    ...guards,
    etag,
    vary: "accept-encoding",
    "cache-control": file.immutable ? "public, max-age=31536000, immutable" : "no-cache",
  }
  if (isKnown(context.req.header("if-none-match"), etag) && status === 200)
    return context.body(null, 304, headers)
  headers["content-type"] = file.type
  if (coding !== "identity") headers["content-encoding"] = coding
  return context.body(bytes, status, headers)
}

/** RFC 9110 section 13.1.2: a list of tags, compared weakly. */
function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  return ifNoneMatch?.split(",").some(tag => ["*", etag].includes(tag.trim().replace(/^W\//, ""))) ?? false
}
