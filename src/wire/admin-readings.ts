import { z } from "zod"

/** One field of the configuration, explained. */
export const fieldViewSchema = z.strictObject({
  /** `web/drainTimeoutMs`. */
  path: z.string(),
  meaning: z.string(),
  /** Completes "should be". */
  expected: z.string(),
  default: z.unknown().optional(),
  value: z.unknown().optional(),
  /** Who said the value in force: default, banyan.config.ts, a command, PORT, a flag. */
  source: z.string().optional(),
  /** Why the value in force is not known. */
  unknown: z.string().optional(),
  /** When a change takes effect: with `apply`, or at the next start. */
  effect: z.enum(["live", "restart"]),
  /** It was changed since the start: what runs goes on without it until the next one. */
  waits: z.literal(true).optional(),
})
export type FieldView = z.infer<typeof fieldViewSchema>

/** GET /api/config: what is in force; passwords and the environment's values are left out. */
export const configViewSchema = z.strictObject({ schema: z.literal(1), fields: z.array(fieldViewSchema) })
export type ConfigView = z.infer<typeof configViewSchema>

/** What one look at the machine found. `warn` works with less; `fail` must be mended before a start. */
export const findingSchema = z.strictObject({
  check: z.string(),
  level: z.enum(["ok", "warn", "fail"]),
  words: z.string(),
  /** What to do about it. */
  fix: z.string().optional(),
})
export type Finding = z.infer<typeof findingSchema>

/** GET /api/doctor: looked at when it is asked for. */
export const doctorViewSchema = z.strictObject({ schema: z.literal(1), findings: z.array(findingSchema) })
export type DoctorView = z.infer<typeof doctorViewSchema>
