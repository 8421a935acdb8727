import type { Birth } from "../../tiers/data/postgres/server/data-folder.ts"
import {
  createPostgresServer,
  type PostgresServer,
  type PostgresServerOptions,
} from "../../tiers/data/postgres/server/postgres-server.ts"
import type { Config } from "../../topology/config.ts"
import { logOf, paths } from "../project-paths.ts"
import { settleRestores } from "./database-folders.ts"

/** What of the configuration a server's own settings are made of. */
export type PostgresConfig = Pick<Config["data"], "sharedBuffersMb"> &
  Partial<Pick<Config["data"], "settings">>

/** One secret for all: what the first one was given goes to the replicas with the copy. */
const secretFile = "postgres-1.secret"

/** The embedded Postgres of this folder (the working directory) with this id, as the configuration wants it. */
export function postgresServer(id: string, config: PostgresConfig, birth?: Birth): PostgresServer {
  return createPostgresServer({
    ...postgresServerOptions(id, config),
    ...(birth && { birth }),
    // A restore may have had the data aside at the moment they were looked for.
    beforeNew: () => settleRestores(id),
  })
}

export function postgresServerOptions(
  id: string,
  { sharedBuffersMb, settings = {} }: PostgresConfig,
): PostgresServerOptions {
  return {
    id,
    dataRoot: paths.data,
    cacheFolder: paths.cache,
    logFile: logOf(id),
    forcedRunAs: process.env["BANYAN_POSTGRES_AS"],
    settings: { sharedBuffersMb, more: settings },
    secretFile,
  }
}
