import type { Context } from "hono"
import type { z } from "zod"
import { controlError } from "../control-errors.ts"

/** The body, as the schema wants it. Throws BN1332. */
export async function bodyOf<T extends z.ZodType>(context: Context, schema: T): Promise<z.output<T>> {
  const text = await context.req.text()
  let value: unknown
  try {
    value = text === "" ? {} : JSON.parse(text)
  } catch {
    throw controlError("BN1332", { reason: "it is not JSON" })
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  const where = issue?.path.length ? `${issue.path.join("/")}: ` : ""
  throw controlError("BN1332", { reason: `${where}${issue?.message ?? "not understood"}` })
}
