import type { Address } from "../../../src/wire/map.ts"
import type { CleanUp } from "../tap.ts"
import { apache } from "./apache-backend.ts"
import { haproxy } from "./haproxy-backend.ts"
import { nginx } from "./nginx-backend.ts"
import { node } from "./node-backend.ts"

/**
 * A server by others, that answers each request with what it read: `X-Read: <method> <target> <length of the body>`.
 * Its limits are wider than the front door's, so that it is asked about framing and not about size.
 */
export type Backend = {
  readonly name: string
  /** Empty when it is not on this machine. */
  readonly version: string
  /** The cases it reads and then wants nothing of, by its own answer: the status of each. */
  readonly declines: Readonly<Record<string, number>>
  start(cleanUp: CleanUp): Promise<Address>
}

export const backends: readonly Backend[] = [node, nginx, haproxy, apache]
