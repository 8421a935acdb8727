import type { Services } from "banyan"
import type { Context } from "hono"
import { Problem } from "../http/problems.ts"
import type { Env } from "../http/route-kit.ts"
import type { BeigelTables } from "../tables.ts"

/** Who is signed in. Throws `sign-in-first`. */
export function requireUserId(context: Context<Env>): string {
  const userId = context.var.session?.userId
  if (userId === undefined) throw new Problem("sign-in-first")
  return userId
}

/** The same with the handle. A session whose user is gone is none. */
export async function requireUser(
  context: Context<Env>,
  db: Services<BeigelTables>["db"],
): Promise<{ id: string; handle: string }> {
  const id = requireUserId(context)
  const user = await db.selectFrom("users").select(["id", "handle"]).where("id", "=", id).executeTakeFirst()
  if (user === undefined) throw new Problem("sign-in-first")
  return user
}
