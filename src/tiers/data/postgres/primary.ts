import type pg from "pg"
import type { Address } from "../../../wire/map.ts"
import type { DataCredentials } from "../data.ts"
import { dataError } from "../data-errors.ts"
import { destroyConnection, nameOf, openConnection, sameAddress } from "./connection.ts"
import { identityQuery, refusePrimary, type ServerIdentity } from "./identity.ts"

/** Where the primary is, as the map says, and who it must be, as its first answer said. */
export class Primary {
  readonly #credentials: DataCredentials
  readonly #name: string
  #address: Address | undefined
  #known: ServerIdentity | undefined

  constructor(credentials: DataCredentials, name: string) {
    this.#credentials = credentials
    this.#name = name
  }

  get address(): Address | undefined {
    return this.#address
  }

  /** Whether that is another place than before. */
  moveTo(address: Address): boolean {
    if (sameAddress(this.#address, address)) return false
    this.#address = address
    return true
  }

  /**
   * A new connection, to a server that proved to be the primary. Throws BN2205, or what the system or the server says
   * (refused, starting up, wrong password).
   */
  async open(): Promise<pg.Client> {
    const address = this.#address
    if (address === undefined) throw new Error("the map names no primary yet")
    const client = await openConnection(address, this.#credentials, this.#name)
    const ignore = () => {}
    client.on("error", ignore)
    try {
      const { rows } = await client.query<ServerIdentity>(identityQuery)
      const seen = rows[0] as ServerIdentity
      const reason = refusePrimary(seen, this.#known)
      if (reason !== undefined) throw dataError("BN2205", { address: nameOf(address), reason })
      this.#known = seen
      client.off("error", ignore)
      return client
    } catch (error) {
      destroyConnection(client)
      throw error
    }
  }
}
