import { dirname, resolve } from "node:path"
import type { DataCredentials } from "../../tiers/data/data.ts"
import { readServerUrl } from "../../tiers/data/router/servers/server-url.ts"
import type { Config } from "../../topology/config.ts"
import type { Address } from "../../wire/map.ts"
import { externalUrls } from "../databases/external-database.ts"
import { linkPrimary } from "../databases/primary-link.ts"
import type { HostedProgram } from "./program-starter.ts"

/** The program of a configuration; undefined where an app serves. `credentials`: of its database, when it has one. */
export function hostedProgram(
  config: Config,
  credentials: DataCredentials | undefined,
): HostedProgram | undefined {
  const { web } = config
  if (web.command === undefined) return undefined
  return {
    command: web.command,
    env: web.env ?? {},
    healthPath: web.healthPath ?? "/",
    databaseEnv: address => {
      if (credentials === undefined) return externalEnvironment(config) ?? {}
      return address === undefined ? {} : databaseEnvironment(credentials, linkPrimary(address))
    },
  }
}

/** The same words for a server of the user's own; undefined where there is none. Throws BN2280. */
export function externalEnvironment(config: Config): ReturnType<typeof databaseEnvironment> | undefined {
  const [url] = externalUrls(config) ?? []
  if (url === undefined) return undefined
  const { credentials, address } = readServerUrl(url)
  const sslMode = new URL(url).searchParams.get("sslmode")
  return {
    ...databaseEnvironment(credentials, address),
    DATABASE_URL: url,
    ...(sslMode !== null && { PGSSLMODE: sslMode }),
  }
}

/** `/a/b/.s.PGSQL.5432`: its folder is the host, its ending the port. */
function socketPlace(path: string): { host: string; port: string } {
  const port = path.slice(path.lastIndexOf(".") + 1)
  return { host: resolve(dirname(path)), port }
}

/** What psql, node-postgres, psycopg and others read (libpq, section 34.15), and the one line most frameworks want. */
export function databaseEnvironment(
  { user, password, database }: DataCredentials,
  address: Address,
): { readonly DATABASE_URL: string } & Readonly<Record<string, string>> {
  const { host, port } = "path" in address ? socketPlace(address.path) : address
  const query = new URLSearchParams({ host, port: String(port) })
  return {
    DATABASE_URL: `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@/${database}?${query}`,
    PGHOST: host,
    PGPORT: String(port),
    PGUSER: user,
    PGPASSWORD: password,
    PGDATABASE: database,
  }
}
