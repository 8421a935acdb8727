import { createRoute, z } from "@hono/zod-openapi"
import { clientAddress, createLoginLimit, type Services } from "banyan"
import { handle, password } from "../http/fields.ts"
import { answers, jsonBody, jsonOnly, newRoutes, refuses } from "../http/route-kit.ts"
import { encodeId } from "../public-id.ts"
import type { BeigelTables } from "../tables.ts"
import { guardOf, keyOf, logIn, signUp, type User } from "./accounts.ts"

const credentials = z.object({ handle, password }).openapi("Credentials")
export const userSchema = z.object({ id: z.string(), handle: z.string() }).openapi("User")
const signedIn = z.object({ user: userSchema })

const postSignup = createRoute({
  method: "post",
  path: "/api/signup",
  summary: "Make an account and sign in",
  description: "Safe to repeat: the same handle with the same password signs in.",
  middleware: [jsonOnly],
  request: { body: jsonBody(credentials) },
  responses: {
    201: answers("Made, and signed in by a cookie", signedIn),
    200: answers("It was yours already; signed in by a cookie", signedIn),
    ...refuses(400, 403, 409, 413, 415, 429),
  },
})

const postLogin = createRoute({
  method: "post",
  path: "/api/login",
  summary: "Sign in",
  middleware: [jsonOnly],
  request: { body: jsonBody(credentials) },
  responses: {
    200: answers("Signed in by a cookie", signedIn),
    ...refuses(400, 401, 403, 413, 415, 429),
  },
})

const postLogout = createRoute({
  method: "post",
  path: "/api/logout",
  summary: "Sign out",
  responses: { 204: { description: "Nobody is signed in" }, ...refuses(403) },
})

const getMe = createRoute({
  method: "get",
  path: "/api/me",
  summary: "Who is signed in; null when nobody is",
  responses: { 200: answers("You", z.object({ user: userSchema.nullable() })) },
})

export function accountsRoutes({ db, transact, sessions }: Services<BeigelTables>) {
  const limit = createLoginLimit({ transact })
  const guardFor = (request: Request) => guardOf(limit, clientAddress(request))

  /** Opens a session in place of the request's own, if it has one; returns the Set-Cookie value. */
  async function cookieFor(user: User, request: Request): Promise<string> {
    await limit.clear(keyOf(user.handle))
    const { cookie } = await sessions.open(user.id, request.headers.get("cookie"))
    return cookie
  }

  return newRoutes()
    .openapi(postSignup, async context => {
      const request = context.req.raw
      const { user, created } = await signUp({ db, transact }, context.req.valid("json"), guardFor(request))
      context.header("set-cookie", await cookieFor(user, request))
      return context.json({ user: userJson(user) }, created ? 201 : 200)
    })
    .openapi(postLogin, async context => {
      const request = context.req.raw
      const user = await logIn({ db, transact }, context.req.valid("json"), guardFor(request))
      context.header("set-cookie", await cookieFor(user, request))
      return context.json({ user: userJson(user) }, 200)
    })
    .openapi(postLogout, async context => {
      context.header("set-cookie", await sessions.close(context.req.header("cookie") ?? null))
      return context.body(null, 204)
    })
    .openapi(getMe, async context => {
      const id = context.var.session?.userId
      const user = id === undefined ? undefined : await userById(id)
      return context.json({ user: user === undefined ? null : userJson(user) }, 200)
    })

  function userById(id: string): Promise<User | undefined> {
    return db.selectFrom("users").select(["id", "handle"]).where("id", "=", id).executeTakeFirst()
  }
}

function userJson({ id, handle }: User): z.infer<typeof userSchema> {
  return { id: encodeId(id), handle }
}
