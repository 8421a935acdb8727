import { z } from "zod"
import { backupConfigSchema } from "./config-backup.ts"
import { databaseSettingsSchema } from "./config-database-settings.ts"
import { proxyProtocolConfigSchema, tlsConfigSchema } from "./config-tls.ts"
import { type GroupName, scalable, stageNames } from "./topology.ts"

/**
 * What a project says in its `banyan.config.ts`. Every field has a default, a range and a sentence; docs/config.md and
 * docs/config.schema.json are made from this file. Times are in milliseconds, sizes in bytes unless the name says so.
 */

const ms = (least: number, most: number) => z.int().min(least).max(most)
const hour = 3_600_000
const mebibyte = 1024 * 1024
const bodyBytes = () =>
  z
    .int()
    .min(1024)
    .max(10 * 1024 * mebibyte)
    .default(64 * mebibyte)
const memoryLimitMb = () => z.int().min(32).max(1_048_576).optional()
/** The embedded servers take 200; the rest is for what looks after them, and for `psql`. */
export const mostEmbeddedConnections = 176
const databaseUrl = () =>
  z
    .string()
    .max(2_000)
    .regex(/^postgres(ql)?:\/\/\S+$/)
const port = () => z.int().min(1).max(65_535)

const webConfigSchema = z.strictObject({
  command: z
    .union([z.string().min(1), z.array(z.string()).min(1)])
    .optional()
    .describe(
      "A program of your own, in place of `app`: it listens on `$PORT`. A line is split as a shell would, without one.",
    ),
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string())
    .optional()
    .describe(
      "The command's variables beside PORT, HOST, NODE_ENV and, with a database, DATABASE_URL and PG*.",
    ),
  healthPath: z
    .string()
    .regex(/^\/[\x21-\x7e]*$/)
    .optional()
    .describe("What the command is asked once a second; below 500 it is well. `/` when left out."),
  instances: z
    .int()
    .min(scalable.web.least)
    .max(scalable.web.most)
    .optional()
    .describe("Web instances from stage `balanced` on; 2 when left out."),
  drainTimeoutMs: ms(100, hour)
    .default(90_000)
    .describe("How long a stopping instance may finish requests and streams before it ends them."),
  readyTimeoutMs: ms(1_000, hour)
    .default(30_000)
    .describe("How long a new instance may take until it serves; later the change is undone."),
  maxBodyBytes: bodyBytes().describe("Longest request body the web tier reads."),
  keepAliveMs: ms(1_000, hour)
    .default(75_000)
    .describe("Idle connections from the edge are closed after this."),
  headTimeoutMs: ms(100, hour).default(10_000).describe("How long a request's head may take to arrive."),
  memoryLimitMb: memoryLimitMb().describe(
    "MiB an instance may hold, its children included; over it for some seconds another one takes its place, at twice as much it is killed. No limit when left out.",
  ),
})

const edgeConfigSchema = z.strictObject({
  instances: z
    .int()
    .min(scalable.edge.least)
    .max(scalable.edge.most)
    .optional()
    .describe("Front doors from stage `balanced` on, on one port; 1 when left out."),
  maxConnections: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(10_000)
    .describe("Client connections at once; the next gets 503 and is closed."),
  maxConnectionsPerAddress: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(1_000)
    .describe(
      "Connections of one client address (of IPv6: its /64 network) at once, this machine's own apart; the next gets 429 and is closed.",
    ),
  maxStreamsPerConnection: z
    .int()
    .min(0)
    .max(1_000)
    .default(100)
    .describe("Requests at once on one HTTP/2 connection; 0 offers HTTP/1.1 alone."),
  headTimeoutMs: ms(100, hour)
    .default(10_000)
    .describe("How long a client's request head may take to arrive (408)."),
  bodyIdleTimeoutMs: ms(100, hour)
    .default(30_000)
    .describe(
      "Longest silence of a client in the middle of a body; and how long it may take to read what waits for it here, up to 64 KiB over HTTP/1.",
    ),
  minUploadBytesPerSecond: z
    .int()
    .min(0)
    .max(mebibyte)
    .default(240)
    .describe(
      "A body that comes slower is given up (408); an average over twice edge/bodyIdleTimeoutMs, of 20 s at least, so that a phone may lose its network for a while. 0 lets any pass.",
    ),
  uploadTimeoutMs: ms(1_000, 24 * hour)
    .default(hour)
    .describe("How long a whole request body may take to arrive (408)."),
  backendTimeoutMs: ms(100, hour)
    .default(60_000)
    .describe("Longest silence of a web instance before its answer begins (504)."),
  clientIdleTimeoutMs: ms(100, hour)
    .default(75_000)
    .describe("Idle client connections are closed after this."),
  drainIdleTimeoutMs: ms(100, hour)
    .default(5_000)
    .describe(
      "Idle client connections are closed after this by a front door that leaves, if edge/clientIdleTimeoutMs is not shorter: browsers that were left open hold nobody up.",
    ),
  backendIdleTimeoutMs: ms(100, hour)
    .default(30_000)
    .describe(
      "Idle connections to web instances are closed after this; must be shorter than web/keepAliveMs.",
    ),
  maxBodyBytes: bodyBytes().describe("Longest request body let in (413)."),
  retryBudget: z
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .describe("Requests sent once more, as a share of all, 0 to 1."),
  maxConnectionsPerBackend: z
    .int()
    .min(1)
    .max(100_000)
    .default(512)
    .describe("Connections to one web instance at once."),
  minConcurrencyPerBackend: z
    .int()
    .min(1)
    .max(100_000)
    .default(128)
    .describe(
      "Requests one web instance is always given at once; above this the front door finds out what it can take.",
    ),
  queueTimeoutMs: ms(100, hour)
    .default(1_000)
    .describe("How long a request may wait while every web instance has all it can take (503)."),
  slowStartMs: ms(0, hour)
    .default(5_000)
    .describe("A new web instance's share of the requests grows from a tenth to its whole over this time."),
  memoryLimitMb: memoryLimitMb().describe(
    "The same as web/memoryLimitMb, of a front door that has a process of its own.",
  ),
  tls: tlsConfigSchema.prefault({}).describe("HTTPS, on a port of its own; on when there is a certificate."),
  proxyProtocol: proxyProtocolConfigSchema
    .prefault({})
    .describe("PROXY protocol, version 2, from load balancers in front of this one."),
})

const dataConfigSchema = z.strictObject({
  engine: z
    .enum(["embedded", "external", "none"])
    .optional()
    .describe(
      "`embedded`: a real Postgres 18 beside the service. `external`: yours, at `data/url`. `none`: with `web/command`, where it is the default.",
    ),
  url: databaseUrl()
    .optional()
    .describe(
      "With `external`: `postgres://user:password@host:5432/database?sslmode=verify-full`, Postgres 14 or newer. Best read from a file outside the repository; no command shows the password.",
    ),
  replicaUrls: z
    .array(databaseUrl())
    .max(16)
    .optional()
    .describe("Its replicas: reads go there, and whoever of all says that it is the primary is written to."),
  readerUrl: databaseUrl()
    .optional()
    .describe(
      "A role that may only read: its name and password, at each of those servers, are who the console and `npx banyan sql` ask as. Left out, they ask an `external` database nothing.",
    ),
  instances: z
    .int()
    .min(scalable.postgres.least)
    .max(scalable.postgres.most)
    .optional()
    .describe(
      "Databases of stage `replicated`: a primary and its replicas, each with a copy of everything; 3 when left out.",
    ),
  hungAfterMs: ms(200, hour)
    .default(1_000)
    .describe(
      "How long a primary with replicas may give no answer before one of them takes its place; without any, `hungAfterMs` counts.",
    ),
  poolSize: z
    .int()
    .min(1)
    .max(100)
    .default(10)
    .describe("Database connections of one web instance, at most."),
  maxConnections: z
    .int()
    .min(32)
    .max(10_000)
    .default(mostEmbeddedConnections)
    .describe(
      "Database connections of all web instances together, to each server; shared out among those that run.",
    ),
  sharedBuffersMb: z.int().min(1).max(65_536).default(32).describe("Postgres' own page cache, in MiB."),
  settings: databaseSettingsSchema
    .default({})
    .describe(
      'Other settings of the embedded Postgres, such as `{ work_mem: "16MB", jit: false }`; not those Banyan sets itself.',
    ),
  backup: backupConfigSchema
    .prefault({})
    .describe("A continuous archive of the database's log, and base backups."),
})

export const configSchema = z.strictObject({
  name: z
    .string()
    .min(1)
    .max(64)
    .optional()
    .describe("What the service is called; like the folder of its app when left out."),
  app: z
    .string()
    .min(1)
    .default("./app.ts")
    .describe("The app's module, relative to this file; not beside `web/command`."),
  stage: z.enum(stageNames).default("single").describe("The rung of the ladder to start on."),
  host: z
    .string()
    .regex(/^[0-9A-Za-z:.-]+$/)
    .default("127.0.0.1")
    .describe("Address of the public port; `0.0.0.0` opens it to the network."),
  port: port().default(8080).describe("The service's public port."),
  adminPort: port().default(7070).describe("Console and admin API, on loopback only."),
  hungAfterMs: ms(3_000, hour)
    .default(10_000)
    .describe(
      "How long a process may be silent before it is killed and replaced; longer than a request may block it.",
    ),
  web: webConfigSchema.prefault({}).describe("The stateless web tier."),
  edge: edgeConfigSchema.prefault({}).describe("The front door and load balancer."),
  data: dataConfigSchema.prefault({}).describe("Postgres and the way to it."),
})

/** A whole, checked configuration: every default filled in. */
export type Config = z.output<typeof configSchema>
/** What an author writes: everything is optional. */
export type ConfigInput = z.input<typeof configSchema>

/** Types a project's configuration; a `banyan.config.ts`'s default export. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config
}

/** The numbers a process is told at birth (wire/launch): what its edge and its web role must keep to. */
export function limitsOf(config: Config): { edge: Record<string, number>; web: Record<string, number> } {
  const { maxBodyBytes, keepAliveMs, headTimeoutMs } = config.web
  const { instances: _, memoryLimitMb: __, tls: ___, proxyProtocol: ____, ...edge } = config.edge
  return { edge, web: { maxBodyBytes, keepAliveMs, headTimeoutMs } }
}

/** What an instance of each group may hold, in bytes. In stage `single` edge and web of an app are one process. */
export function memoryLimitsOf({ web, edge }: Config): Partial<Record<GroupName, number>> {
  const limits = { app: web.memoryLimitMb, web: web.memoryLimitMb, edge: edge.memoryLimitMb }
  const said = Object.entries(limits).filter(([, limitMb]) => limitMb !== undefined)
  return Object.fromEntries(said.map(([group, limitMb]) => [group, limitMb! * mebibyte]))
}
