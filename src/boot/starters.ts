import { createHash, randomBytes } from "node:crypto"
import { resolve } from "node:path"
import { fileURLToPath } from "node:url"
import type { InstanceSpec } from "../drivers/driver.ts"
import type { ProcessSpec, Starter, Starters } from "../drivers/local/process-spec.ts"
import { replicationError } from "../tiers/data/postgres/replication/replication-errors.ts"
import type { PostgresServer } from "../tiers/data/postgres/server/postgres-server.ts"
import { type GroupName, rolesOf } from "../topology/topology.ts"
import type { FrontLaunch, Launch } from "../wire/launch.ts"
import type { ServiceMap } from "../wire/map.ts"
import type { Asked } from "./asked.ts"
import { nodeArgv } from "./node-argv.ts"
import { postgresProcess } from "./postgres-process.ts"
import { createProgramStarter, type HostedProgram } from "./program-starter.ts"
import { logOf, paths, webSocketOf } from "./project-paths.ts"

/** What every process of the data plane is told, apart from its id, token and map. */
export type LaunchSettings = Pick<
  Launch,
  "app" | "database" | "limits" | "drainTimeoutMs" | "appOptions" | "secureCookies" | "causalSecret"
>

export type StarterOptions = {
  readonly settings: LaunchSettings
  /** What a front door is told at this moment. */
  readonly front: () => FrontLaunch
  readonly asked: Asked
  /** The user's own, in place of the app. */
  readonly program?: HostedProgram
  /** One server per id: it knows its data folder. */
  readonly postgres: (id: string) => PostgresServer
  /** Whom this host promoted last, if anybody. */
  readonly promoted: () => string | undefined
}

const entryPoint = fileURLToPath(new URL("./instance.ts", import.meta.url))

/** How each group comes to life on this machine: the words the agent needs. */
export function createStarters(options: StarterOptions): Starters {
  const node = nodeStarter(options)
  const { program } = options
  const web = program === undefined ? node : createProgramStarter(program, runningEnvironment())
  return { app: node, edge: node, web, postgres: postgresStarter(options) }
}

function nodeStarter(options: StarterOptions): Starter {
  return {
    prepare: async (spec, map) => nodeProcess(spec, map, options),
  }
}

function nodeProcess(spec: InstanceSpec, map: ServiceMap, options: StarterOptions): ProcessSpec {
  const { settings, asked, front } = options
  const token = randomBytes(16).toString("base64url")
  const isFront = rolesOf[spec.group].includes("edge")
  const launch: Launch = {
    wire: 1,
    id: spec.id,
    group: spec.group,
    token,
    version: spec.version,
    controlSocket: paths.controlSocket,
    agentSocket: paths.agentSocket,
    runFolder: paths.run,
    ...settings,
    ...(isFront ? { front: front() } : {}),
    map,
  }
  return {
    ...spec,
    argv: nodeArgv(entryPoint, nodeFlags(spec.group), asked),
    env: nodeEnvironment(),
    cwd: process.cwd(),
    ...(isFront ? { listen: "public" as const } : {}),
    payload: JSON.stringify(launch),
    tokenHash: createHash("sha256").update(token).digest("hex"),
    address: { path: webSocketOf(spec.id) },
    stopSignal: "SIGTERM",
    logFile: logOf(spec.id),
  }
}

/** A process that only moves bytes needs little heap; one that hosts an app keeps V8's own measure. */
function nodeFlags(group: GroupName): string[] {
  return group === "edge" ? ["--max-semi-space-size=4"] : []
}

/** What our own processes run in; no secret is ever in an environment of ours. */
export function nodeEnvironment(): Record<string, string> {
  const forced = process.env["BANYAN_POSTGRES_AS"]
  return {
    ...runningEnvironment(),
    ...(forced === undefined ? {} : { BANYAN_POSTGRES_AS: forced }),
    // Compiled, type-stripped code of the last start: faster, and the stripper itself is never loaded.
    NODE_COMPILE_CACHE: resolve(paths.cache, "compile"),
  }
}

/** Nothing is inherited but what a program needs to run. */
export function runningEnvironment(): Record<string, string> {
  const kept = ["PATH", "HOME", "LANG", "TZ", "NODE_EXTRA_CA_CERTS"]
  const env: Record<string, string> = { NODE_ENV: process.env["NODE_ENV"] ?? "production" }
  for (const name of kept) if (process.env[name] !== undefined) env[name] = process.env[name]
  return env
}

function postgresStarter({ postgres, promoted }: StarterOptions): Starter {
  return {
    async prepare(spec) {
      const server = postgres(spec.id)
      // A fresh, empty one must not take the place of data that were lost.
      if (promoted() === spec.id && (await server.cluster()) === undefined) {
        const { dataFolder: folder } = await server.place()
        throw replicationError("BN2267", { id: spec.id, folder })
      }
      return { ...spec, ...postgresProcess(spec.id, await server.prepare()) }
    },
    waitReady: ({ id }, pid, signal) => postgres(id).waitReady(pid, signal),
  }
}
