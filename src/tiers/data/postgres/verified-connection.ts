import type pg from "pg"
import type { Address } from "../../../wire/map.ts"
import { dataError } from "../data-errors.ts"
import { type ConnectionCredentials, destroyConnection, nameOf, openConnection } from "./connection.ts"
import { identityQuery, type ServerIdentity } from "./identity.ts"

/**
 * A new connection to a server that proved to be the one that is meant: `refuse` gets what it says of itself, and returns
 * why it is another. Throws BN2205, or what the system or the server says (refused, starting up, wrong password).
 */
export async function openVerified(
  address: Address,
  credentials: ConnectionCredentials,
  name: string,
  refuse: (seen: ServerIdentity) => string | undefined,
  options: { readonly pipeline?: boolean } = {},
): Promise<pg.Client> {
  const client = await openConnection(address, credentials, name, options)
  try {
    const { rows } = await client.query<ServerIdentity>(identityQuery)
    const reason = refuse(rows[0] as ServerIdentity)
    if (reason !== undefined) throw dataError("BN2205", { address: nameOf(address), reason })
    return client
  } catch (error) {
    destroyConnection(client)
    throw error
  }
}
