import { createHash, timingSafeEqual } from "node:crypto"
import type { MiddlewareHandler } from "hono"
import { controlError } from "../control-errors.ts"
import { errorAnswer } from "./error-answer.ts"
import { isPage } from "./page-routes.ts"

export type GuardOptions = {
  readonly token: string
  /** The port this API is reached at. */
  readonly port: () => number
}

const loopbackNames = ["localhost", "127.0.0.1", "[::1]"]
const unsafe = new Set(["POST", "PUT", "PATCH", "DELETE"])

/**
 * Who may ask, in this order: a Host that names this machine (a foreign name pointed here by DNS is refused: 421), an
 * Origin that is this page's own if there is one (403), and the token (401). Cookies play no part: they are sent to
 * every port of a host, so the service's own pages would carry them here.
 */
export function guards({ token, port }: GuardOptions): MiddlewareHandler {
  return async (context, next) => {
    const host = context.req.header("host") ?? ""
    const own = loopbackNames.map(name => `${name}:${port()}`)
    if (!own.includes(host.toLowerCase()))
      return errorAnswer(context, 421, controlError("BN1330", { reason: "it is addressed to another host" }))
    const origin = context.req.header("origin")
    if (origin !== undefined && origin !== `http://${host.toLowerCase()}`)
      return errorAnswer(context, 403, controlError("BN1330", { reason: "it comes from a foreign page" }))
    if (isPage(context.req.method, context.req.path)) return next()
    if (!sameSecret(bearerOf(context.req.header("authorization")), token)) {
      context.header("www-authenticate", 'Bearer realm="banyan"')
      return errorAnswer(context, 401, controlError("BN1330", { reason: "it shows no valid token" }))
    }
    return next()
  }
}

/** Bodies are JSON and say so: a form of a foreign page cannot. */
export const requireJson: MiddlewareHandler = async (context, next) => {
  const type = context.req.header("content-type")?.split(";")[0]?.trim().toLowerCase()
  if (unsafe.has(context.req.method) && type !== "application/json")
    return errorAnswer(
      context,
      415,
      controlError("BN1332", { reason: "its content-type is not application/json" }),
    )
  return next()
}

function bearerOf(header: string | undefined): string {
  return /^Bearer +([^ ]+)$/i.exec(header ?? "")?.[1] ?? ""
}

/** Compared as hashes, in constant time: neither content nor length leaks. */
function sameSecret(shown: string, token: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest()
  return timingSafeEqual(digest(shown), digest(token))
}
