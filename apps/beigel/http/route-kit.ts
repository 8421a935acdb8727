import { OpenAPIHono, z } from "@hono/zod-openapi"
import type { Session } from "banyan"
import { createMiddleware } from "hono/factory"
import type { Cursor } from "../cursor.ts"
import { Problem } from "./problems.ts"

/** What a request carries on its way: who sent it, if anyone. */
export type Env = { Variables: { session: Session | undefined } }

/** A group of routes whose validation answers as all of Beigel does: code, message, field. */
export function newRoutes(): OpenAPIHono<Env> {
  return new OpenAPIHono<Env>({
    defaultHook: result => {
      if (result.success) return
      const issue = result.error.issues[0]
      const place = result.target === "json" ? "body" : result.target
      throw new Problem("invalid-input", {
        message: issue?.message ?? "The request is not as it should be.",
        field: [place, ...(issue?.path ?? [])].join("."),
      })
    },
  })
}

/** Refuses a body that does not say it is JSON, before it is parsed: the middleware of each route with a body. */
export const jsonOnly = createMiddleware<Env>(async (context, next) => {
  const type = context.req.header("content-type")?.split(";")[0]?.trim().toLowerCase()
  if (type !== "application/json") throw new Problem("unsupported-type")
  await next()
})

/** The JSON body of a route. */
export function jsonBody<S extends z.ZodType>(schema: S) {
  return { required: true, content: { "application/json": { schema } } }
}

/** One answer of a route. */
export function answers<S extends z.ZodType>(description: string, schema: S) {
  return { description, content: { "application/json": { schema } } }
}

const problemSchema = z
  .object({
    error: z.object({
      code: z.string().openapi({ example: "invalid-input" }),
      message: z.string(),
      field: z.string().optional().openapi({ example: "query.lat" }),
    }),
  })
  .openapi("Problem")

const refusals = {
  400: answers("Something in the request is not as it should be", problemSchema),
  401: answers("Needs an account", problemSchema),
  403: answers("Not allowed", problemSchema),
  404: answers("There is no such thing", problemSchema),
  409: answers("Taken, or still under way", problemSchema),
  413: answers("The body is too large", problemSchema),
  415: answers("The body is not JSON", problemSchema),
  422: answers("The Idempotency-Key belongs to another request", problemSchema),
  426: answers("Needs a WebSocket upgrade", problemSchema),
  429: answers("Too many attempts", problemSchema),
}

/** The documented refusals of a route. Thrown as `Problem`s, so no handler returns them. */
export function refuses<const S extends keyof typeof refusals>(...statuses: S[]): Pick<typeof refusals, S> {
  return Object.fromEntries(statuses.map(status => [status, refusals[status]])) as Pick<typeof refusals, S>
}

export function listOf<S extends z.ZodType>(item: S) {
  return z.object({ items: z.array(item), nextCursor: z.string().nullable() })
}

/**
 * One page out of `limit + 1` rows: the extra row tells that there are more. Pages are cut by the last row's place,
 * not by a count, so that what is written meanwhile neither repeats nor hides anything.
 */
export function pageOf<Row, Place>(
  rows: readonly Row[],
  limit: number,
  cursor: Cursor<Place>,
  placeOf: (row: Row) => Place,
) {
  const page = rows.slice(0, limit)
  const last = page.at(-1)
  const nextCursor = rows.length > limit && last !== undefined ? cursor.encode(placeOf(last)) : null
  return { page, nextCursor }
}

/** Where to go on. Throws `invalid-cursor` when the text is not this list's, or `belongs` denies the place. */
export function placeOf<Place>(
  cursor: Cursor<Place>,
  text: string | undefined,
  belongs: (place: Place) => boolean = () => true,
): Place | undefined {
  if (text === undefined) return undefined
  const place = cursor.decode(text)
  if (place === undefined || !belongs(place)) throw new Problem("invalid-cursor", { field: "query.cursor" })
  return place
}
