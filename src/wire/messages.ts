import { z } from "zod"
import { epochSchema } from "./epoch.ts"
import { serviceMapSchema } from "./map.ts"
import { reportSchema } from "./report.ts"
import { tracePartSchema } from "./request-trace.ts"

/** The version of everything in this room. Both sides read the current and the previous one. */
export const wireVersion = 1

/** Up: first line of every control link. The token proves the identity; it came by file descriptor. */
const helloSchema = z.strictObject({
  type: z.literal("hello"),
  wire: z.literal(1),
  id: z.string(),
  token: z.string(),
  pid: z.int().positive(),
  /** Newest epoch this process has ever accepted: how a lost journal is recovered. */
  epoch: epochSchema,
})

export const upMessageSchema = z.discriminatedUnion("type", [
  helloSchema,
  z.strictObject({ type: z.literal("report"), report: reportSchema }),
  /** The answer to `tell-traces` of this number. */
  z.strictObject({ type: z.literal("traces"), asked: z.int(), parts: z.array(tracePartSchema) }),
])
export type UpMessage = z.infer<typeof upMessageSchema>
export type Hello = z.infer<typeof helloSchema>

export const downMessageSchema = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("map"), map: serviceMapSchema }),
  /** Somebody looks at the requests: send what is kept of them, once. */
  z.strictObject({ type: z.literal("tell-traces"), asked: z.int() }),
  /** The hello was not believed (unknown id, wrong token). The process serves on and tries again later. */
  z.strictObject({ type: z.literal("refused"), reason: z.string() }),
])
export type DownMessage = z.infer<typeof downMessageSchema>

export function encodeMessage(message: UpMessage | DownMessage): string {
  return `${JSON.stringify(message)}\n`
}

/** Throws a ZodError or SyntaxError on anything that is no up message. */
export function decodeUp(line: string): UpMessage {
  return upMessageSchema.parse(JSON.parse(line))
}

export function decodeDown(line: string): DownMessage {
  return downMessageSchema.parse(JSON.parse(line))
}
