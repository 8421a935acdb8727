import { createHash, randomBytes } from "node:crypto"
import { fileURLToPath } from "node:url"
import type { InstanceSpec } from "../../drivers/driver.ts"
import type { ProcessSpec, Starter, Starters } from "../../drivers/local/process-spec.ts"
import { replicationError } from "../../tiers/data/postgres/replication/replication-errors.ts"
import type { PostgresServer } from "../../tiers/data/postgres/server/postgres-server.ts"
import { type GroupName, rolesOf } from "../../topology/topology.ts"
import type { FrontLaunch, Launch } from "../../wire/launch.ts"
import type { ServiceMap } from "../../wire/map.ts"
import type { Asked } from "../asked.ts"
import { settleRestores } from "../databases/database-folders.ts"
import { postgresProcess } from "../databases/postgres-process.ts"
import { logOf, paths, webSocketOf } from "../project-paths.ts"
import { nodeArgv } from "./node-argv.ts"
import { nodeEnvironment, runningEnvironment } from "./node-environment.ts"
import { createProgramStarter, type HostedProgram } from "./program-starter.ts"

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

const entryPoint = fileURLToPath(new URL("../instance.ts", import.meta.url))

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

function postgresStarter({ postgres, promoted }: StarterOptions): Starter {
  return {
    async prepare(spec) {
      const server = postgres(spec.id)
      settleRestores(spec.id)
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
