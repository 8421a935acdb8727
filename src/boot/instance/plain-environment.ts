import { join, relative } from "node:path"
import type { Address } from "../../wire/map.ts"
import { bootError } from "../boot-errors.ts"

export type PlainDatabase = {
  readonly user: string
  readonly password: string
  readonly name: string
  readonly address: Address
}

/** A TCP port of the environment. Throws BN3108. */
export function parsePort(text: string | undefined): number {
  const port = Number(text)
  if (isPort(port)) return port
  throw bootError("BN3108", { name: "PORT", expected: "a port from 1 to 65535", got: text ?? "nothing" })
}

/**
 * `postgres://user:password@host:5432/name`, or with a folder in the place of the host, as libpq reads it:
 * `postgres://user:password@/name?host=/folder/of/the/socket`. Throws BN3108, without the password.
 */
export function parseDatabaseUrl(text: string | undefined): PlainDatabase {
  const database = databaseOf(text ?? "")
  if (database !== undefined) return database
  const expected = "postgres://user:password@host:5432/name or postgres://user:password@/name?host=/folder"
  const got = text === undefined ? "nothing" : "something else"
  throw bootError("BN3108", { name: "DATABASE_URL", expected, got })
}

/** Parameters win over the same in the address (libpq, section 34.1.1.2). */
function databaseOf(text: string): PlainDatabase | undefined {
  // URL has no word for a missing host; it is given one that cannot be meant.
  const url = URL.parse(text.replace(/@\//, "@socket.invalid/"))
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol)) return undefined
  const said = url.hostname === "socket.invalid" ? "" : url.hostname.replace(/^\[|\]$/g, "")
  const host = url.searchParams.get("host") ?? said
  // Rather nothing than without the encryption that was asked for.
  if (!["disable", null].includes(url.searchParams.get("sslmode"))) return undefined
  const port = Number(url.searchParams.get("port") ?? (url.port === "" ? 5432 : url.port))
  const [user, password, name] = [url.username, url.password, url.pathname.slice(1)].map(decoded)
  if (user === undefined || password === undefined || !name || host === "" || !isPort(port)) return undefined
  const address = host.startsWith("/") ? { path: socketIn(host, port) } : { host, port }
  return { user, password, name, address }
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535
}

/** Undefined when a `%` in it means no byte. */
function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** Relative to the working directory where that is shorter: a socket's path holds 107 bytes. */
function socketIn(folder: string, port: number): string {
  const whole = join(folder, `.s.PGSQL.${port}`)
  const near = relative(process.cwd(), whole)
  return near.length < whole.length ? near : whole
}
