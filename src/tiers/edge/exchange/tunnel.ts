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
 */
export class Tunnel {
  readonly #client: TunnelSide
  readonly #backend: TunnelSide
  bytesIn = 0
  bytesOut = 0
  /** The backend said all it had to say: its going away is no failure. */
  backendEnded = false

  constructor(client: TunnelSide, backend: TunnelSide) {
    this.#client = client
    this.#backend = backend
  }

  fromClient(bytes: Uint8Array): void {
    this.bytesIn += bytes.length
    if (!this.#backend.write(Buffer.from(bytes))) this.#client.pause()
  }

  fromBackend(bytes: Uint8Array): void {
    this.bytesOut += bytes.length
    if (!this.#client.write(Buffer.from(bytes))) this.#backend.pause()
  }

  endOfClient(): void {
    this.#backend.end()
  }

  endOfBackend(): void {
    this.backendEnded = true
    this.#client.end()
  }

  clientWritable(): void {
    this.#backend.resume()
  }

  backendWritable(): void {
    this.#client.resume()
  }
}
