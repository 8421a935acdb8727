import { fileURLToPath } from "node:url"
import { programPath } from "../../kit/node/program-path.ts"
import type { PostgresWords } from "../../tiers/data/postgres/server/postgres-server.ts"
import { wordsOfCommand } from "../../topology/command-line.ts"
import type { Config } from "../../topology/config.ts"
import { postgresServer } from "../databases/postgres-server.ts"
import { databaseEnvironment, externalEnvironment } from "../instance/hosted-program.ts"
import { nodeArgv } from "../instance/node-argv.ts"
import { runningEnvironment } from "../instance/node-environment.ts"
import { promotedHere } from "../keeper/promoted.ts"

/** What other supervisors need to run this folder's service. */
export type Ejectable = {
  /** The app, or the program of `web/command`. Listens on $PORT. */
  readonly webArgv: readonly string[]
  /** What it finds in its environment beside PORT, the database's password included. */
  readonly webEnv: Readonly<Record<string, string>>
  /** Asked for health; an app answers 200, a program anything below 500. */
  readonly health: { readonly path: string; readonly expect: "200" | "below 500" }
  /** Undefined where there is no database. */
  readonly postgres: PostgresWords | undefined
}

const webEntry = fileURLToPath(new URL("../plain-web.ts", import.meta.url))

/**
 * Makes the data folder when there is none yet. Of several databases the primary. `port`: stands for the port in a command.
 * Throws BN2230 .. BN2243, BN2265.
 */
export async function ejectable(config: Config, port: string): Promise<Ejectable> {
  const primary = promotedHere() ?? "postgres-1"
  const server = config.data.engine === "embedded" ? postgresServer(primary, config.data) : undefined
  const postgres = alone(await server?.prepare())
  const database =
    server === undefined || postgres === undefined
      ? externalEnvironment(config)
      : databaseEnvironment(server.credentials, postgres.address)
  const { command, env, healthPath = "/" } = config.web
  if (command === undefined) {
    return {
      webArgv: nodeArgv(webEntry, [], {}),
      webEnv: database === undefined ? {} : { DATABASE_URL: database.DATABASE_URL },
      health: { path: "/.banyan/health", expect: "200" },
      postgres,
    }
  }
  const running = runningEnvironment()
  const { PATH = "" } = running
  // A unit says both itself, and what it reads from a file would win.
  const { PORT: _, HOST: __, ...own } = { ...database, ...env }
  const words = wordsOfCommand(command, { ...running, ...own, HOST: "127.0.0.1", PORT: port })
  const [program, ...args] = words
  return {
    // Who starts it elsewhere has another PATH, and begins in another folder.
    webArgv: [programPath(program, process.cwd(), PATH) ?? program, ...args],
    webEnv: { PATH, ...own },
    health: { path: healthPath, expect: "below 500" },
    postgres,
  }
}

/** Without replicas: commits that waited for one would wait for ever. */
function alone<T extends PostgresWords | undefined>(postgres: T): T {
  return postgres && { ...postgres, argv: [...postgres.argv, "-c", "synchronous_standby_names="] }
}
