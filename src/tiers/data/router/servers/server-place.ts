import type { Address } from "../../../../wire/map.ts"
import type { ConnectionCredentials } from "../../postgres/connection.ts"

/** Where a server is, and as whom to log in there. */
export type ServerPlace = {
  /** For people, and unique in its fleet: an id of the map, or a URL without its password. */
  readonly name: string
  readonly address: Address
  readonly credentials: ConnectionCredentials
}
