import { closeFrame, WebSocketFrames } from "../../streams/web-socket-frames.ts"

/** What a browser tells its page as the end of a WebSocket whose server goes away (RFC 6455 section 7.4.1). */
const goingAway = closeFrame(1001, "the front door is leaving")

/** One side of a tunnel. */
export interface TunnelSide {
  /** False: wait until it is writable. */
  write(bytes: Uint8Array): boolean
  pause(): void
  resume(): void
  /** No more bytes will be written to it; it may still send. */
  end(): void
}

/**
 * Two connections joined after `101 Switching Protocols`: bytes pass unread in both directions, each only as fast as
 * the other side takes them; an end on one side becomes an end on the other. Bytes are borrowed, so they are copied.
 *
 * Of the backend's the frames are counted, so that the client can be told between two of them that the front door
 * leaves. The client answers such a close frame with its own, which the backend answers and ends: both see a WebSocket
 * closed in order.
 */
export class Tunnel {
  readonly #client: TunnelSide
  readonly #backend: TunnelSide
  readonly #frames = new WebSocketFrames()
  #leaving = false
  /** The client has had our close frame: nothing may follow it. */
  #left = false
  bytesIn = 0
  bytesOut = 0
  #backendEnded = false

  constructor(client: TunnelSide, backend: TunnelSide) {
    this.#client = client
    this.#backend = backend
  }

  fromClient(bytes: Uint8Array): void {
    this.bytesIn += bytes.length
    if (!this.#backend.write(Buffer.from(bytes))) this.#client.pause()
  }

  fromBackend(bytes: Uint8Array): void {
    if (this.#left) return
    if (!this.#leaving) {
      this.#frames.push(bytes)
      this.#toClient(bytes)
      return
    }
    this.#toClient(bytes.subarray(0, this.#frames.take(bytes)))
    this.#farewell()
  }

  /** The front door leaves: as soon as the frame under way is over, the client hears that, and nothing more. */
  leave(): void {
    if (this.#leaving) return
    this.#leaving = true
    this.#farewell()
  }

  /** All that was to be said was said: the backend's going away is no failure. */
  get allSaid(): boolean {
    return this.#backendEnded || this.#left
  }

  endOfClient(): void {
    this.#backend.end()
  }

  endOfBackend(): void {
    this.#backendEnded = true
    this.#client.end()
  }

  clientWritable(): void {
    this.#backend.resume()
  }

  backendWritable(): void {
    this.#client.resume()
  }
  #toClient(bytes: Uint8Array): void {
    this.bytesOut += bytes.length
    if (!this.#client.write(Buffer.from(bytes))) this.#backend.pause()
  }

  /** A backend that closes by itself has said it already. */
  #farewell(): void {
    if (!this.#frames.between || this.#frames.closing) return
    this.#left = true
    this.#client.write(goingAway)
    // What it still sends is dropped, or its own end would never be seen.
    this.#backend.resume()
  }
}
