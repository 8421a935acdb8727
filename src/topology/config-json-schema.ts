import { z } from "zod"
import { configSchema } from "./config.ts"

/** The configuration's JSON Schema (2020-12), of what an author writes: everything may be left out. */
export function configJsonSchema(): object {
  return z.toJSONSchema(configSchema, { io: "input" })
}
