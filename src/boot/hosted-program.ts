import { dirname, resolve } from "node:path"
import type { DataCredentials } from "../tiers/data/data.ts"
import type { Config } from "../topology/config.ts"
import type { Address } from "../wire/map.ts"
import type { HostedProgram } from "./program-starter.ts"

/** The program of a configuration; undefined where an app serves. `credentials`: of its database, when it has one. */
export function hostedProgram(
  { web }: Config,
  credentials: DataCredentials | undefined,
): HostedProgram | undefined {
  if (web.command === undefined) return undefined
  return {
    command: web.command,
    env: web.env ?? {},
    healthPath: web.healthPath ?? "/",
    databaseEnv: address =>
      credentials === undefined || address === undefined ? {} : databaseEnvironment(credentials, address),
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
