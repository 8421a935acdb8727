import { z } from "zod"
import { stageNames } from "../topology/topology.ts"
import { epochSchema } from "./epoch.ts"

/** Where a process is reached. Unix-socket paths are relative to the project folder (sun_path holds ~107 bytes). */
export const addressSchema = z.union([
  z.strictObject({ path: z.string().min(1).max(107) }),
  z.strictObject({ host: z.string().min(1), port: z.int().min(1).max(65535) }),
])
export type Address = z.infer<typeof addressSchema>

/** A program of the user's own: it knows neither map nor link, its driver and the front doors say how it is. */
export const programSchema = z.strictObject({
  /** What it is asked; any answer below 500 says that it is well. */
  healthPath: z.string().startsWith("/"),
})
export type Program = z.infer<typeof programSchema>

/**
 * A route on which a request that comes again with the same `Idempotency-Key` is answered as it was the first time: a
 * method that is not idempotent by itself (RFC 9110 section 9.2.2) and a path whose segments may each be `*`, any one.
 */
export const keyedRouteSchema = z
  .string()
  .max(200)
  .regex(/^(POST|PATCH) (\/|(\/(\*|[\w.~!$&'()+,;=:@-]+))+)$/)
export const keyedRoutesSchema = z.array(keyedRouteSchema).max(100)

/** A web instance the edges may choose. */
export const backendSchema = z.strictObject({
  id: z.string(),
  address: addressSchema,
  /** Share of the choices, 0-100. */
  weight: z.number().min(0).max(100),
  /** `draining`: chosen no more; finishes what it has, ends streams at the drain deadline. */
  state: z.enum(["active", "draining"]),
  version: z.string(),
  program: programSchema.optional(),
  /** Absent: none. */
  keyedRoutes: keyedRoutesSchema.optional(),
})
export type Backend = z.infer<typeof backendSchema>

/** A process that may accept on the public socket. */
export const frontSchema = z.strictObject({
  id: z.string(),
  /** `closed` after `open` means: stop accepting, say `Connection: close`, leave when the last connection has gone. */
  state: z.enum(["open", "closed"]),
})
export type Front = z.infer<typeof frontSchema>

export const databaseSchema = z.strictObject({
  id: z.string(),
  role: z.enum(["primary", "replica"]),
  address: addressSchema,
  /**
   * `paused` (a primary): new work waits at the gate and what runs finishes, until another map says otherwise. `draining`
   * (a replica): not read from, as it leaves, or is not there yet: a replica is named from its birth on. Absent: neither.
   */
  state: z.enum(["paused", "draining"]).optional(),
})
export type DatabaseEntry = z.infer<typeof databaseSchema>

/**
 * That a replica took the primary's place. Of the transactions of the timeline before, those numbered from `horizonXid` on
 * never arrived; absent, nobody can tell. Timelines are counted from 1, the one nobody was promoted to.
 */
export const promotionSchema = z.strictObject({
  timeline: z.int().min(2),
  horizonXid: z
    .string()
    .regex(/^\d{1,20}$/)
    .optional(),
})
export type Promotion = z.infer<typeof promotionSchema>

/** Whose acknowledgement commits wait for: `acks` of the members, of which the primary is one that is not counted. */
export const quorumSchema = z.strictObject({ members: z.array(z.string()), acks: z.int().nonnegative() })
export type Quorum = z.infer<typeof quorumSchema>

/** A version of the app that is tried on a share of the users, while all other backends, the baseline, have the rest. */
export const canarySchema = z.strictObject({
  version: z.string().min(1),
  /** Percent of the users, in steps of one. */
  weight: z.int().min(0).max(100),
  /** The cookie whose value names a user. Where a request has none, the front door hands out a cookie of its own. */
  cookie: z
    .string()
    .max(100)
    .regex(/^[!#$%&'*+.^`|~\w-]+$/)
    .optional(),
})

/**
 * What a certificate authority asks for to see that a name leads here (RFC 8555 section 8.3): whoever asks a front door for
 * `/.well-known/acme-challenge/<token>` gets the answer. None of it is secret.
 */
export const challengeSchema = z.strictObject({
  token: z
    .string()
    .max(200)
    .regex(/^[\w-]+$/),
  answer: z
    .string()
    .max(400)
    .regex(/^[\w.-]+$/),
})
export type Challenge = z.infer<typeof challengeSchema>

/** The whole snapshot that goes down from control to every process. Idempotent: apply it twice, nothing changes. */
export const serviceMapSchema = z.strictObject({
  wire: z.literal(1),
  epoch: epochSchema,
  stage: z.enum(stageNames),
  fronts: z.array(frontSchema),
  backends: z.array(backendSchema),
  databases: z.array(databaseSchema),
  /**
   * What commits may be waiting for: one quorum, or, while it is being changed, each that may be in force. A promotion must
   * be safe by all of them. Absent: commits wait for nobody.
   */
  quorums: z.array(quorumSchema).min(1).max(16).optional(),
  /** The last ones, oldest first. Absent: none. */
  promotions: z.array(promotionSchema).max(64).optional(),
  /** Absent: backends are chosen whatever their version. */
  canary: canarySchema.optional(),
  /** While a certificate is ordered; absent: none. */
  challenges: z.array(challengeSchema).max(100).optional(),
  settings: z.strictObject({
    /** How long a draining process may finish requests and streams before it ends them. */
    drainTimeoutMs: z.int().positive(),
    /** Connections one process may have to each database server, all of its own counted. Absent: as its configuration says. */
    connectionShare: z.int().positive().optional(),
  }),
})
export type ServiceMap = z.infer<typeof serviceMapSchema>
