import { dirname, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import type { PostgresWords } from "../tiers/data/postgres/server/postgres-server.ts"
import type { Config } from "../topology/config.ts"
import { nodeArgv } from "./node-argv.ts"
import { postgresServer } from "./postgres-server.ts"

/** What other supervisors need to run this folder's service: the commands, and where the database is. */
export type Ejectable = {
  readonly webArgv: readonly string[]
  readonly postgres: PostgresWords
  /** With the app's password. */
  readonly databaseUrl: string
}

const webEntry = fileURLToPath(new URL("./plain-web.ts", import.meta.url))

/** Makes the data folder when there is none yet. Throws BN2230 .. BN2243. */
export async function ejectable(config: Config): Promise<Ejectable> {
  const server = postgresServer("postgres-1", config)
  const postgres = await server.prepare()
  const { user, password, database } = server.credentials
  const { address } = postgres
  const folder = "path" in address ? dirname(resolve(address.path)) : ""
  const who = [user, password].map(encodeURIComponent).join(":")
  return {
    webArgv: nodeArgv(webEntry, [], {}),
    postgres,
    databaseUrl: `postgres://${who}@/${database}?host=${encodeURIComponent(folder)}`,
  }
}
