import { createPostgresServer, type PostgresServer } from "../tiers/data/postgres/server/postgres-server.ts"
import type { Config } from "../topology/config.ts"
import { logOf, paths } from "./project-paths.ts"

/** The embedded Postgres of this folder (the working directory) with this id, as the configuration wants it. */
export function postgresServer(id: string, config: Config): PostgresServer {
  return createPostgresServer({
    id,
    dataRoot: paths.data,
    cacheFolder: paths.cache,
    logFile: logOf(id),
    forcedRunAs: process.env["BANYAN_POSTGRES_AS"],
    settings: { sharedBuffersMb: config.data.sharedBuffersMb },
  })
}
