import type { ConnectionCredentials } from "../../tiers/data/postgres/connection.ts"
import { nameOf } from "../../tiers/data/postgres/connection.ts"
import { readServerUrl } from "../../tiers/data/router/servers/server-url.ts"
import type { Config } from "../../topology/config.ts"
import type { Address } from "../../wire/map.ts"
import { externalUrls } from "./external-database.ts"
import { postgresServer } from "./postgres-server.ts"

/** A server whose databases people look at, and as whom. */
export type KnownServer = {
  readonly id: string
  readonly address: Address
  /** The database the app works with. */
  readonly database: string
  /** Who looks at the server's own figures. */
  readonly inspector: ConnectionCredentials
  /** Whose statements count; absent: everybody's. */
  readonly app?: string
  /** As whom people ask; absent: nobody may. */
  readonly reader?: ConnectionCredentials
  /** Who makes that role, in the app's database; absent: it is there. */
  readonly maker?: ConnectionCredentials
}

/** Of the embedded engine those with these ids, of an external one those its URLs name. Throws BN2230 .. BN2232, BN2280. */
export async function knownServers(config: Config, ids: readonly string[]): Promise<KnownServer[]> {
  const urls = externalUrls(config)
  if (urls !== undefined) return urls.map(url => externalServer(url, config.data.readerUrl))
  if (config.data.engine !== "embedded") return []
  return Promise.all(
    ids.map(async id => {
      const server = postgresServer(id, config.data)
      const { address } = await server.place()
      const { user: app, database } = server.credentials
      const { superuser: inspector, reader } = server
      return { id, address, database, inspector, app, reader, maker: { ...inspector, database } }
    }),
  )
}

/** One role for all servers: the name and the password of `data/readerUrl`, at the places of the other URLs. */
function externalServer(url: string, readerUrl: string | undefined): KnownServer {
  const { address, credentials } = readServerUrl(url)
  const server = { id: nameOf(address), address, database: credentials.database, inspector: credentials }
  if (readerUrl === undefined) return server
  const { user, password } = readServerUrl(readerUrl).credentials
  return { ...server, reader: { ...credentials, user, password } }
}
