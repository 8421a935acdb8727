import { z } from "zod"
import { groupNames } from "../topology/topology.ts"
import { serviceMapSchema } from "./map.ts"

/** File descriptors every Banyan process may be born with. */
export const inheritedFds = {
  /** The shared listening socket (public for edges, admin for the supervisor), bound and never accepted by the agent. */
  listen: 3,
  /** A pipe that holds the launch payload below as JSON and then ends. */
  launch: 4,
} as const

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
  /** Credentials of the app's own, non-superuser database role. */
  database: z.strictObject({ user: z.string(), password: z.string(), name: z.string(), poolSize: z.int() }),
  /** Numbers by name, as `edge` and `web` of the configuration give them. */
  limits: z.strictObject({ edge: z.record(z.string(), z.number()), web: z.record(z.string(), z.number()) }),
  drainTimeoutMs: z.int().positive(),
  /** Extra settings for the app (`--seed-posts`). */
  appOptions: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  map: serviceMapSchema,
})
export type Launch = z.infer<typeof launchSchema>
