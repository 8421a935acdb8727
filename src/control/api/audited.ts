import type { Context, MiddlewareHandler } from "hono"
import type { Clock } from "../../kit/clock.ts"
import { type AuditEntry, callerHeaders, errorViewSchema } from "../../wire/admin.ts"
import type { AuditTrail } from "../audit/audit-trail.ts"

/** What a request asks for, in the words of the command line, once it is understood. */
export type Deed = { Variables: { deed?: string; plan?: string | null; rows?: number } }

/** Longer than any name of a person or a program. */
const longestName = 64

/**
 * Writes down who asked for what, when, and what came of it: every request that would change something (`deed` is set by
 * its route), and those that were not even understood. Previews change nothing and are left out.
 */
export function audited(trail: AuditTrail, clock: Clock): MiddlewareHandler<Deed> {
  return async (context, next) => {
    await next()
    const { method, path } = context.req
    if (method !== "POST" || path === "/api/plan") return
    const asked = { at: clock.nowMs(), ...callerOf(context), what: context.get("deed") ?? `POST ${path}` }
    trail.add({ ...asked, ...(await outcomeOf(context)) })
  }
}

function callerOf({ req }: Context): Pick<AuditEntry, "client" | "user"> {
  const client = nameIn(req.header(callerHeaders.client)) || "unknown"
  const user = nameIn(req.header(callerHeaders.user))
  return user === "" ? { client } : { client, user }
}

/** Encoded as in a URL, so that any letter may stand in it. */
function nameIn(field = ""): string {
  try {
    return decodeURIComponent(field).replace(/\p{C}/gu, "").slice(0, longestName)
  } catch {
    return ""
  }
}

async function outcomeOf(
  context: Context<Deed>,
): Promise<Pick<AuditEntry, "outcome" | "plan" | "rows" | "code" | "reason">> {
  const { plan, rows } = context.var
  if (context.res.ok)
    return plan === null
      ? { outcome: "needless" }
      : { outcome: "accepted", ...(plan && { plan }), ...(rows !== undefined && { rows }) }
  const said = errorViewSchema.safeParse(
    await context.res
      .clone()
      .json()
      .catch(() => undefined),
  )
  if (!said.success) return { outcome: "refused" }
  const { code, message } = said.data.error
  return { outcome: "refused", code, reason: message }
}
