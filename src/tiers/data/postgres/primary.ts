import type pg from "pg"
import type { Address } from "../../../wire/map.ts"
import type { DataCredentials } from "../data.ts"
import { sameAddress } from "./connection.ts"
import { refusePrimary, type ServerIdentity } from "./identity.ts"
import { openVerified } from "./verified-connection.ts"

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
    return openVerified(address, this.#credentials, this.#name, seen => {
      const reason = refusePrimary(seen, this.#known)
      if (reason === undefined) this.#known = seen
      return reason
    })
  }
}
