import { z } from "zod"
import { groupNames } from "../topology/topology.ts"
import { serviceMapSchema } from "./map.ts"

/** File descriptors every Banyan process may be born with. */
export const inheritedFds = {
  /** The shared listening socket (public for edges, admin for the supervisor), bound and never accepted by the agent. */
  listen: 3,
  /** A pipe that holds the launch payload below as JSON and then ends. */
  launch: 4,
  /** The public socket of HTTPS, in the same way, where there is one. */
  listenTls: 5,
} as const

/** What a front door is told beside its limits. Each is missing where it is off. */
export const frontLaunchSchema = z.strictObject({
  tls: z
    .strictObject({
      /** Paths, relative to the project folder; `pem` is what was last found good in them; `awaited`: there may be none yet. */
      certificates: z.array(
        z.strictObject({
          cert: z.string(),
          key: z.string(),
          pem: z.strictObject({ cert: z.string(), key: z.string() }).optional(),
          awaited: z.boolean().optional(),
        }),
      ),
      minVersion: z.enum(["TLSv1.2", "TLSv1.3"]),
      /** The period it is for, counted from 1970, and 32 bytes in base64url. */
      tickets: z.strictObject({ period: z.int(), secret: z.string() }),
      /** The port of https: the plain port redirects there. */
      redirectPort: z.int().optional(),
      /** The value of Strict-Transport-Security. */
      hsts: z.string().optional(),
    })
    .optional(),
  proxyProtocol: z
    .strictObject({ trustedCidrs: z.array(z.string()), on: z.enum(["both", "plain", "tls"]) })
    .optional(),
})
export type FrontLaunch = z.infer<typeof frontLaunchSchema>

/** What a process is told at birth, by file descriptor: never in argv or environment, where `ps` shows it. */
export const launchSchema = z.strictObject({
  wire: z.literal(1),
  id: z.string(),
  group: z.enum(groupNames),
  token: z.string(),
  version: z.string(),
  /** Path of the app module, relative to the project folder. */
  app: z.string(),
  /** Unix-socket paths, relative to the project folder, which is the working directory. */
  controlSocket: z.string(),
  agentSocket: z.string(),
  runFolder: z.string(),
  /** Credentials of the app's own, non-superuser database role; with `urls`, of servers that are not on the map, they are there. */
  database: z.strictObject({
    user: z.string(),
    password: z.string(),
    name: z.string(),
    poolSize: z.int(),
    urls: z.array(z.string()).min(1).optional(),
  }),
  /** Numbers by name, as `edge` and `web` of the configuration give them. */
  limits: z.strictObject({ edge: z.record(z.string(), z.number()), web: z.record(z.string(), z.number()) }),
  /** To processes that play the edge. */
  front: frontLaunchSchema.optional(),
  drainTimeoutMs: z.int().positive(),
  /** Extra settings for the app (`--seed-posts`). */
  appOptions: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  /** To who hosts the app: all of its clients come by HTTPS, so a session's cookie is for that alone. */
  secureCookies: z.boolean().optional(),
  /** To who hosts the app, the same for all: what signs how much of the database a user has seen. */
  causalSecret: z.string().optional(),
  map: serviceMapSchema,
})
export type Launch = z.infer<typeof launchSchema>
