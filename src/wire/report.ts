import { z } from "zod"
import { epochSchema } from "./epoch.ts"
import { canarySchema, keyedRoutesSchema } from "./map.ts"

const trackReportSchema = z.strictObject({
  /** Requests whose users have their place here. */
  requests: z.int().nonnegative(),
  /** The other counters are of requests that came to a backend of this track; answers by status class. */
  answers: z.record(z.string(), z.int().nonnegative()),
  aborted: z.int().nonnegative(),
  /** Attempts that failed and were tried again, perhaps elsewhere. */
  retries: z.int().nonnegative(),
  /** Of requests that belong to the other track, because that had nobody. */
  takenOver: z.int().nonnegative(),
})
export type TrackReport = z.infer<typeof trackReportSchema>

/** The canary of the map, and how both tracks did since this front door first heard of its version. */
export const canaryReportSchema = canarySchema.extend({
  tracks: z.strictObject({ canary: trackReportSchema, baseline: trackReportSchema }),
})
export type CanaryReport = z.infer<typeof canaryReportSchema>

/** A certificate that is served, or the reason why there is none. */
export const certificateReportSchema = z.strictObject({
  file: z.string(),
  names: z.array(z.string()),
  /** Empty when nothing is served for this file. */
  serial: z.string(),
  notAfterMs: z.number(),
  /** Why what lies in the files now is not served. */
  problem: z.string().optional(),
})
export type CertificateReport = z.infer<typeof certificateReportSchema>

const tlsReportSchema = z.strictObject({
  /** Handshakes that succeeded; of these, those that resumed a session. */
  handshakes: z.int().nonnegative(),
  resumed: z.int().nonnegative(),
  /** Handshakes that did not, by reason. */
  failures: z.record(z.string(), z.int().nonnegative()),
  certificates: z.array(certificateReportSchema),
})
export type TlsReport = z.infer<typeof tlsReportSchema>

/** What an edge role says of itself. Counters count since the process started. */
export const frontReportSchema = z.strictObject({
  state: z.enum(["closed", "open", "draining", "drained"]),
  connections: z.int().nonnegative(),
  outstanding: z.int().nonnegative(),
  requests: z.int().nonnegative(),
  /** Answers by status class, e.g. `{ "2xx": 10, "5xx": 1 }`. */
  answers: z.record(z.string(), z.int().nonnegative()),
  /** Of these, what the edge answered itself, by the error's code. */
  refusals: z.record(z.string(), z.int().nonnegative()).optional(),
  /** Requests that ended without a whole answer. */
  aborted: z.int().nonnegative(),
  retries: z.int().nonnegative(),
  /** Over roughly the last 10 s. */
  latencyMs: z.strictObject({ p50: z.number(), p99: z.number() }),
  /** The same as pairs of milliseconds (within 2 %) and how many answers took them: these of all front doors can be added. */
  latencies: z.array(z.tuple([z.number(), z.number().nonnegative()])).optional(),
  tls: tlsReportSchema.optional(),
  /** Connections closed for their PROXY protocol header, by reason. */
  proxyHeaderFailures: z.record(z.string(), z.int().nonnegative()).optional(),
  backends: z.array(
    z.strictObject({
      id: z.string(),
      outstanding: z.int().nonnegative(),
      healthy: z.boolean(),
      /** Sent to it since this front door knows it, health checks apart; those sent again count again. */
      requests: z.int().nonnegative().optional(),
      /** It listens, and leaves health checks and requests without any answer. */
      silent: z.literal(true).optional(),
    }),
  ),
  canary: canaryReportSchema.optional(),
})
export type FrontReport = z.infer<typeof frontReportSchema>

/** What a web role says of itself. */
export const webReportSchema = z.strictObject({
  state: z.enum(["serving", "draining", "drained"]),
  /** Requests, streams and upgraded connections not yet finished. */
  outstanding: z.int().nonnegative(),
  requests: z.int().nonnegative(),
  errors: z.int().nonnegative(),
})
export type WebReport = z.infer<typeof webReportSchema>

export const dataReportSchema = z.strictObject({
  /** To the primary, for queries. */
  connections: z.int().nonnegative(),
  waiting: z.int().nonnegative(),
  /** Whether the last thing heard from the primary was good. */
  healthy: z.boolean(),
  /**
   * Statements and transactions not finished, by the database they run at; none where there is none. With the epoch of a map
   * that pauses a primary, or drains a replica, it tells when nothing is left there. Absent: this process cannot tell.
   */
  underWay: z.record(z.string(), z.int().positive()).optional(),
  /** Absent: none. `reading`: queries go there; `lagBytes`: behind the primary, as seen from here. */
  replicas: z
    .array(
      z.strictObject({
        id: z.string(),
        connections: z.int().nonnegative(),
        reading: z.boolean(),
        lagBytes: z.number().nonnegative(),
      }),
    )
    .optional(),
})
export type DataReport = z.infer<typeof dataReportSchema>

/** What control knows of the app: data, never code. */
export const manifestSchema = z.strictObject({
  name: z.string(),
  version: z.string(),
  tables: z.record(
    z.string(),
    z.strictObject({ kind: z.enum(["sharded", "reference", "lookup"]), shardKey: z.string().optional() }),
  ),
  jobs: z.array(z.string()),
  /** Absent: none. */
  keyedRoutes: keyedRoutesSchema.optional(),
})
export type Manifest = z.infer<typeof manifestSchema>

/** What goes up from a process: at every change of state and at least once a second. */
export const reportSchema = z.strictObject({
  id: z.string(),
  /** Epoch of the map this process has applied. */
  epoch: epochSchema,
  /**
   * When it counted what it reports, by a clock of its own that nobody sets: only differences tell. Absent: of an older
   * version.
   */
  countedAtMs: z.number().optional(),
  ready: z.boolean(),
  /** What a process that is not ready yet is doing, in words (`loading cafés 1200/3168`), or why it cannot go on. */
  progress: z.string().optional(),
  front: frontReportSchema.optional(),
  web: webReportSchema.optional(),
  data: dataReportSchema.optional(),
  /** Of the app this process hosts, once it is loaded. */
  manifest: manifestSchema.optional(),
})
export type Report = z.infer<typeof reportSchema>
