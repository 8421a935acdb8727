import { answerFile, type PageFiles, strictHeaders } from "banyan/page"
import { type Context, Hono } from "hono"

/** Besides what every page keeps to: no text becomes a script but the worker's address, and a place may be asked for. */
const headers = {
  ...strictHeaders([
    ...["img", "font", "manifest", "worker"].map(kind => `${kind}-src 'self'`),
    "form-action 'self'",
    "require-trusted-types-for 'script'; trusted-types offline-worker",
  ]),
  "permissions-policy": "geolocation=(self), camera=(), microphone=(), payment=()",
}

/** The page's views, each an address of its own. `web/src/app.tsx` draws them. */
export const views = ["/", "/feed", "/search", "/you", "/cafes/:id", "/people/:id"]

/** The page: the files of its build and, under each view's address, the one document. */
export function pageRoutes(files: PageFiles): Hono {
  const routes = new Hono()
  const shell = files.get("/index.html")!
  for (const path of views) routes.get(path, context => answerFile(context.req.raw, shell, { headers }))
  for (const [path, file] of files)
    routes.get(path, context => answerFile(context.req.raw, file, { headers }))
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
          ...headers,
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
  return isPerson
    ? answerFile(context.req.raw, files.get("/index.html")!, { status: 404, headers })
    : undefined
}
