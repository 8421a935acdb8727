import { Socket } from "node:net"
import type { ConnectionOptions } from "node:tls"
import pg from "pg"
import type { Address } from "../../../wire/map.ts"
import type { DataCredentials } from "../data.ts"

/** `replication: "true"` makes the server speak the replication protocol (pg's types do not know the option yet). */
type ClientOptions = pg.ClientConfig & { readonly replication?: "true" }

/** A server that accepts and then says nothing must not hold up the search for one that answers. */
const connectTimeoutMs = 5000
/** A peer that vanished without a word (a machine lost its power) is noticed on an idle TCP connection. */
const keepAliveDelayMs = 10_000

/** With `ssl`: over TLS, which a server on a Unix socket does not speak. */
export type ConnectionCredentials = DataCredentials & { readonly ssl?: ConnectionOptions }

/**
 * Opens a connection and logs in. Rejects with what the system or the server says; the caller knows what that means.
 * `pipeline`: statements given at once are sent at once, each by itself; it then takes no cursors and no COPY.
 */
export async function openConnection(
  address: Address,
  { ssl, ...credentials }: ConnectionCredentials,
  name: string,
  options: Pick<ClientOptions, "replication" | "pipeline" | "connectionTimeoutMillis" | "options"> = {},
): Promise<pg.Client> {
  const client = new pg.Client({
    ...credentials,
    // Where to go is the stream's affair. Given, so that no PGHOST or PGSSLMODE of the environment decides; the name is
    // the one its certificate is held against.
    host: "host" in address ? address.host : "localhost",
    port: 5432,
    ssl: ssl ?? false,
    application_name: name,
    connectionTimeoutMillis: connectTimeoutMs,
    ...options,
    keepAlive: true,
    keepAliveInitialDelayMillis: keepAliveDelayMs,
    stream: () => socketTo(address),
  } as ClientOptions)
  // Whoever uses it hears of its end by what was asked. The event comes besides, at any moment, also together with the last
  // answer; without a listener it would end the process.
  client.on("error", () => {})
  await client.connect()
  return client
}

/** Ends a connection without a goodbye, whatever it is doing. */
export function destroyConnection(client: pg.Client): void {
  streamOf(client).destroy()
}

/** pg calls `connect(port, host)`, and takes a host for a socket's folder only when it starts with "/". */
function socketTo(address: Address): Socket {
  const socket = new Socket()
  const connect = socket.connect.bind(socket) as (address: Address) => Socket
  return Object.assign(socket, { connect: () => connect(address) })
}

export function streamOf(client: pg.Client): Socket {
  return (client as unknown as { connection: { stream: Socket } }).connection.stream
}

/** For people: `.banyan/data/postgres-1/.s.PGSQL.5432` or `10.0.0.7:5432`. */
export function nameOf(address: Address): string {
  return "path" in address ? address.path : `${address.host}:${address.port}`
}

export function sameAddress(a: Address | undefined, b: Address | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return nameOf(a) === nameOf(b)
}
