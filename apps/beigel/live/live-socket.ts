import { z } from "@hono/zod-openapi"
import type { Services, SocketHandlers, SocketPeer } from "banyan"
import { Problem } from "../http/problems.ts"
import type { Point } from "../sphere.ts"
import type { BeigelTables } from "../tables.ts"
import { cafesOfFeed } from "./live-feed.ts"
import type { LiveHub, LiveReader } from "./live-hub.ts"

/** Bytes a slow reader may be behind before it is sent away with 1013, "try again later". */
const MAX_BEHIND_BYTES = 1 << 20

type Move = (point: Point) => Promise<ReadonlySet<string>>

/**
 * The live feed as a WebSocket at `/api/live?lat&lon`: each message is `{ type, post }` with type `post`, `edit` or
 * `delete`, or `{ type: "gap" }`. The client may move by sending `{ lat, lon }`, and is told `{ type: "moved" }`.
 */
export async function liveSocket(
  { db }: Pick<Services<BeigelTables>, "db">,
  hub: LiveHub,
  point: Point,
): Promise<SocketHandlers> {
  const move: Move = point => cafesOfFeed(db, point)
  return new LiveSocket(hub, move, await move(point)).handlers
}

class LiveSocket {
  readonly #hub: LiveHub
  readonly #move: Move
  readonly #reader: LiveReader
  #peer: SocketPeer | undefined
  #leave: (() => void) | undefined
  #closed = false
  /** Moves are done one after the other, so that the last one sent is the one that stands. */
  #moving: Promise<void> = Promise.resolve()

  constructor(hub: LiveHub, move: Move, cafeIds: ReadonlySet<string>) {
    this.#hub = hub
    this.#move = move
    this.#reader = {
      cafeIds,
      onEvent: ({ kind, post }) => this.#send({ type: kind, post }),
      onGap: () => this.#send({ type: "gap" }),
    }
  }

  get handlers(): SocketHandlers {
    return {
      open: peer => this.#open(peer),
      message: (_peer, data) => {
        this.#moving = this.#moving.then(() => this.#onMessage(data))
      },
      close: () => {
        this.#closed = true
        this.#leave?.()
      },
    }
  }

  async #open(peer: SocketPeer): Promise<void> {
    this.#peer = peer
    try {
      this.#leave = await this.#hub.join(this.#reader)
      if (this.#closed) this.#leave()
    } catch {
      peer.close(1013, "the live feed is away for a moment")
    }
  }

  async #onMessage(data: string | Uint8Array): Promise<void> {
    try {
      this.#reader.cafeIds = await this.#move(pointOf(data))
      this.#send({ type: "moved" })
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem("unavailable")
      this.#send({ type: "error", ...problem.toJSON() })
    }
  }

  #send(message: object): void {
    if (this.#peer === undefined || this.#closed) return
    if (this.#peer.bufferedBytes > MAX_BEHIND_BYTES) this.#peer.close(1013, "too slow")
    else this.#peer.send(JSON.stringify(message))
  }
}

const pointSchema = z.object({ lat: z.number().min(-90).max(90), lon: z.number().min(-180).max(180) })

/** The point in a client's message. Throws `invalid-input`. */
function pointOf(data: string | Uint8Array): Point {
  const parsed = pointSchema.safeParse(parseJson(data))
  if (parsed.success) return parsed.data
  throw new Problem("invalid-input", {
    message: 'A message has to be JSON with a point in degrees, like {"lat": 40.73, "lon": -73.99}.',
    field: ["message", ...(parsed.error.issues[0]?.path ?? [])].join("."),
  })
}

function parseJson(data: string | Uint8Array): unknown {
  try {
    return JSON.parse(typeof data === "string" ? data : new TextDecoder().decode(data))
  } catch {
    return undefined
  }
}
