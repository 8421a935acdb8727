import { join, relative } from "node:path"
import type { Address } from "../wire/map.ts"
import { bootError } from "./boot-errors.ts"

export type PlainDatabase = {
  readonly user: string
  readonly password: string
  readonly name: string
  readonly address: Address
}

/** A TCP port of the environment. Throws BN3108. */
export function parsePort(text: string | undefined): number {
  const port = Number(text)
  if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port
  throw bootError("BN3108", { name: "PORT", expected: "a port from 1 to 65535", got: text ?? "nothing" })
}

/**
 * `postgres://user:password@host:5432/name`, or with a folder in the place of the host, as libpq reads it:
 * `postgres://user:password@/name?host=/folder/of/the/socket`. Throws BN3108, without the password.
 */
export function parseDatabaseUrl(text: string | undefined): PlainDatabase {
  // URL has no word for a missing host; it is given one that cannot be meant.
  const url = URL.parse(text?.replace(/@\//, "@socket.invalid/") ?? "")
  const folder = url?.searchParams.get("host")
  const name = url?.pathname.slice(1) ?? ""
  const isSocket = url?.hostname === "socket.invalid"
  if (url === null || !/^postgres(ql)?:$/.test(url.protocol) || name === "" || (isSocket && !folder)) {
    const expected = "postgres://user:password@host:5432/name or postgres://user:password@/name?host=/folder"
    throw bootError("BN3108", {
      name: "DATABASE_URL",
      expected,
      got: text === undefined ? "nothing" : "something else",
    })
  }
  const port = Number(url.searchParams.get("port") ?? (url.port === "" ? 5432 : url.port))
  return {
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
    name: decodeURIComponent(name),
    address: folder ? { path: socketIn(folder, port) } : { host: url.hostname, port },
  }
}

/** Relative to the working directory where that is shorter: a socket's path holds 107 bytes. */
function socketIn(folder: string, port: number): string {
  const whole = join(folder, `.s.PGSQL.${port}`)
  const near = relative(process.cwd(), whole)
  return near.length < whole.length ? near : whole
}
