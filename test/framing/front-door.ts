import { systemClock } from "../../src/kit/node/system-clock.ts"
import { seededRandom } from "../../src/kit/random.ts"
import { createEdge } from "../../src/tiers/edge/create-edge.ts"
import { mapOf, quietLog, until } from "../../src/tiers/edge/testing/edge-fixture.ts"
import type { Address } from "../../src/wire/map.ts"
import { corpusLimits } from "./corpus.ts"
import { type Received, rawExchange } from "./raw-exchange.ts"
import { type CleanUp, type Passed, Tap } from "./tap.ts"

/** What one client sent and got, and what passed behind the door meanwhile. */
export type Seen = {
  /** Each written by itself. */
  readonly sent: readonly string[]
  readonly received: Received
  readonly passed: readonly Passed[]
}

export type FrontDoor = {
  /** Sends pieces on one new connection, and looks when it is over. One at a time. */
  send(pieces: readonly string[], ends?: boolean): Promise<Seen>
}

/** The corpus is of HTTP/1, where HTTP/2's preface is a request like others. */
const http1Alone = { maxStreamsPerConnection: 0 }

/** Short, as only a client that lost count waits for one; long enough for a machine with other work. */
const deadlines = { bodyIdleTimeoutMs: 5_000, headTimeoutMs: 5_000, backendTimeoutMs: 10_000 }

/** A front door before a tap before the backend. `make`: another edge than the product's. */
export async function startFrontDoor(
  backend: Address,
  cleanUp: CleanUp,
  make: typeof createEdge = createEdge,
): Promise<FrontDoor> {
  const tap = await Tap.start(backend, cleanUp)
  const edge = make({
    id: "edge-1",
    listen: { host: "127.0.0.1", port: 0 },
    limits: { ...corpusLimits, ...deadlines, ...http1Alone },
    clock: systemClock,
    random: seededRandom(1),
    accessLog() {},
    log: quietLog,
  })
  cleanUp.after(() => edge.stop(1))
  await edge.apply(mapOf([{ id: "web-1", address: tap.address }]))
  await until(() => edge.ready, "a backend")
  const address = edge.address()!
  return {
    async send(pieces, ends) {
      const received = await rawExchange(address, pieces, ends)
      await until(() => edge.report().outstanding === 0, "the end of every request")
      // What the edge wrote in its last turn passes the tap in the next one.
      await new Promise(resolve => setImmediate(resolve))
      return { sent: pieces, received, passed: tap.take() }
    },
  }
}
