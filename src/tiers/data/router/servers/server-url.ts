import { readFileSync } from "node:fs"
import { messageOf } from "../../../../kit/errors.ts"
import { hidePassword } from "../../../../kit/hide-password.ts"
import { dataError } from "../../data-errors.ts"
import type { ConnectionCredentials } from "../../postgres/connection.ts"
import type { ServerPlace } from "./server-place.ts"

const defaultPort = 5432

/**
 * Reads `postgres://user:password@host:port/database`. As with libpq, `?host=/folder` names the folder of a Unix socket;
 * `sslmode` is `disable` (default), `require` (encrypted, whoever it is) or `verify-full`, `sslrootcert` a file of
 * certificates to trust. Throws BN2280.
 */
export function readServerUrl(text: string): ServerPlace {
  const refuse = (reason: string) => dataError("BN2280", { url: hidePassword(text), reason })
  if (!URL.canParse(text)) throw refuse("it is no URL")
  const url = new URL(text)
  if (!/^postgres(ql)?:$/.test(url.protocol)) throw refuse("it does not begin with postgres://")
  const user = decodeURIComponent(url.username)
  const database = decodeURIComponent(url.pathname.slice(1))
  if (user === "") throw refuse("it names no user")
  if (database === "") throw refuse("it names no database")
  const unknown = [...url.searchParams.keys()].find(key => !["host", "sslmode", "sslrootcert"].includes(key))
  if (unknown !== undefined) throw refuse(`it has a parameter ${unknown}, which is not known here`)
  const port = url.port === "" ? defaultPort : Number(url.port)
  const host = url.searchParams.get("host") ?? decodeURIComponent(url.hostname).replace(/^\[|\]$/g, "")
  if (host === "") throw refuse("it names no host")
  const address = host.startsWith("/") ? { path: `${host}/.s.PGSQL.${port}` } : { host, port }
  const ssl = tlsOf(url.searchParams, refuse)
  const credentials = { user, password: decodeURIComponent(url.password), database, ...(ssl && { ssl }) }
  return { name: hidePassword(text), address, credentials }
}

function tlsOf(parameters: URLSearchParams, refuse: (reason: string) => Error): ConnectionCredentials["ssl"] {
  const mode = parameters.get("sslmode") ?? "disable"
  if (!["disable", "require", "verify-full"].includes(mode))
    throw refuse(`sslmode=${mode} is none of disable, require, verify-full`)
  if (mode === "disable") return undefined
  const file = parameters.get("sslrootcert")
  try {
    const ca = file === null ? {} : { ca: readFileSync(file, "utf8") }
    return { rejectUnauthorized: mode === "verify-full", ...ca }
  } catch (error) {
    throw refuse(`sslrootcert cannot be read: ${messageOf(error)}`)
  }
}
