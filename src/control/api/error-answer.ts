import type { Context } from "hono"
import type { ContentfulStatusCode } from "hono/utils/http-status"
import { type BanyanError, isBanyanError, messageOf } from "../../kit/errors.ts"
import { controlError } from "../control-errors.ts"

/** Codes that are not simply a bad request (user) or trouble inside (system). */
const statusOfCode: Readonly<Record<string, ContentfulStatusCode>> = {
  BN1305: 409,
  BN1306: 404,
  BN1307: 409,
  BN1308: 503,
  BN1320: 503,
  BN1331: 404,
  BN1333: 404,
  BN1336: 429,
  BN1337: 404,
  BN1338: 503,
  BN1407: 503,
  BN1409: 404,
  BN2292: 503,
  BN2294: 404,
  BN2296: 409,
  BN3111: 409,
  BN3112: 404,
}
/** What the stage, or the moment, does not allow: understood, and refused. */
const refusals = new Set([
  ...["BN1301", "BN1302", "BN1303", "BN1304", "BN1340", "BN1341", "BN1352", "BN1354", "BN1355", "BN1356"],
  ...["BN2293", "BN2297"],
])

export function errorAnswer(context: Context, status: ContentfulStatusCode, error: BanyanError): Response {
  return context.json({ error: error.toJSON() }, status)
}

/** The answer to anything thrown by a route. */
export function answerThrown(context: Context, thrown: unknown): Response {
  const error = isBanyanError(thrown) ? thrown : controlError("BN1334", { reason: messageOf(thrown) }, thrown)
  return errorAnswer(context, statusOf(error), error)
}

export function statusOf({ code, fault }: Pick<BanyanError, "code" | "fault">): ContentfulStatusCode {
  const known = refusals.has(code) ? 409 : statusOfCode[code]
  return known ?? (fault === "user" ? 400 : 500)
}
