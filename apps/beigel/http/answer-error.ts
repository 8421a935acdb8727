import type { Context } from "hono"
import { HTTPException } from "hono/http-exception"
import { Problem } from "./problems.ts"

/** The one place where errors become answers. What is not Beigel's to explain goes on to the platform, which logs it. */
export function answerError(error: Error, _context: Context): Response {
  if (error instanceof Problem) return error.toResponse()
  if (error instanceof HTTPException && error.status === 400) return new Problem("invalid-json").toResponse()
  const problem = whenAway(error) ?? whenKeyed(error)
  if (problem !== undefined) return problem.toResponse()
  throw error
}

/** What the platform says of an `Idempotency-Key`: it is none, it belongs to another request, or is at work. */
function whenKeyed({ code, message }: Error & { code?: unknown }): Problem | undefined {
  const field = "header.idempotency-key"
  if (code === "BN2304") return new Problem("invalid-input", { message, field })
  if (code === "BN2305") return new Problem("key-reused", { field })
  if (code === "BN2306") return new Problem("key-in-use", { field, retryAfterSeconds: 1 })
  return undefined
}

/**
 * What the platform could not do at the moment: the database's gate is full (BN2201) or shut (BN2202), the connection
 * was lost (BN2203), the process is ending (BN2204), too many passwords wait to be checked (BN2301).
 */
const AWAY: ReadonlySet<unknown> = new Set(["BN2201", "BN2202", "BN2203", "BN2204", "BN2301"])

function whenAway(error: Error & { code?: unknown; details?: { kind?: unknown } }): Problem | undefined {
  if (!AWAY.has(error.code)) return undefined
  if (error.details?.kind !== "unknown") return new Problem("unavailable", { retryAfterSeconds: 1 })
  return new Problem("unavailable", {
    message:
      "The database went away in the middle. Whether this was done is not known: look before you repeat it.",
    retryAfterSeconds: 1,
  })
}
