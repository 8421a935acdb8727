import type { Context } from "hono"
import type { z } from "zod"
import { controlError } from "../control-errors.ts"

/** What a request's query says. Throws BN1335 with the first thing that is wrong. */
export function queryOf<T extends z.ZodType>(context: Context, schema: T): z.output<T> {
  const query = schema.safeParse(context.req.query())
  if (query.success) return query.data
  const [issue] = query.error.issues
  throw controlError("BN1335", { field: issue?.path.join(".") ?? "", reason: issue?.message ?? "" })
}
