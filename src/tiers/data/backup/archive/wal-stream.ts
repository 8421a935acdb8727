import type { Socket } from "node:net"
import type { Submittable } from "../../postgres/pooled-client.ts"
import { type Lsn, parseLsn } from "../../postgres/replication/lsn.ts"

/** What comes in. */
export type WalSink = {
  /** `atMs`: the server's clock when it sent this. */
  onWal(start: Lsn, bytes: Buffer, atMs: number): void
  /** Nothing but that the server has sent everything up to `end`. */
  onKeepalive(end: Lsn, atMs: number): void
}

/** pg's own connection, as far as it is needed here. */
type Connection = {
  readonly stream: Socket
  query(text: string): void
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
  on(event: "copyDone", heard: () => void): void
  off(event: "copyDone", heard: () => void): void
}

const postgresEpochMs = Date.UTC(2000, 0, 1)

/**
 * START_REPLICATION of a physical slot ("Streaming Replication Protocol" in the manual) over a replication connection of
 * node-postgres. `done` resolves when the timeline has ended there, with the one that goes on; it rejects with what the
 * server says, or what the sink throws.
 */
export class WalStream implements Submittable {
  readonly done: Promise<{ readonly timeline: number; readonly from: Lsn } | undefined>
  readonly #text: string
  readonly #sink: WalSink
  readonly #settled = Promise.withResolvers<{ timeline: number; from: Lsn } | undefined>()
  #connection: Connection | undefined
  #next: { timeline: number; from: Lsn } | undefined
  #ending = false

  constructor(text: string, sink: WalSink) {
    this.#text = text
    this.#sink = sink
    this.done = this.#settled.promise
    this.done.catch(() => {})
  }

  submit(connection: unknown): void {
    this.#connection = connection as Connection
    this.#connection.on("copyDone", this.#onCopyDone)
    this.#connection.query(this.#text)
  }

  /** Everything before `flushed` is safe: the server need not keep it any more. */
  confirm(written: Lsn, flushed: Lsn, wantsReply: boolean): void {
    if (this.#ending) return
    const message = Buffer.alloc(34)
    message.write("r")
    message.writeBigUInt64BE(written, 1)
    message.writeBigUInt64BE(flushed, 9)
    message.writeBigUInt64BE(0n, 17)
    message.writeBigInt64BE(BigInt(Date.now() - postgresEpochMs) * 1000n, 25)
    message.writeUInt8(wantsReply ? 1 : 0, 33)
    this.#connection?.sendCopyFromChunk(message)
  }

  /** The server waits: its socket's buffers are all that comes in yet. */
  pause(): void {
    this.#connection?.stream.pause()
  }

  resume(): void {
    this.#connection?.stream.resume()
  }

  handleCopyData({ chunk }: { chunk: Buffer }): void {
    try {
      const kind = String.fromCharCode(chunk[0] ?? 0)
      if (kind === "w")
        this.#sink.onWal(chunk.readBigUInt64BE(1), chunk.subarray(25), msOf(chunk.readBigInt64BE(17)))
      else if (kind === "k") this.#sink.onKeepalive(chunk.readBigUInt64BE(1), msOf(chunk.readBigInt64BE(9)))
    } catch (error) {
      this.#settled.reject(error)
    }
  }

  handleRowDescription(): void {}

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    const [timeline, from] = fields
    if (timeline && from) this.#next = { timeline: Number(timeline), from: parseLsn(from) }
  }

  handleCommandComplete(): void {}

  handleError(error: unknown): void {
    this.#leave()
    this.#settled.reject(error)
  }

  handleReadyForQuery(): void {
    this.#leave()
    this.#settled.resolve(this.#next)
  }

  /** The timeline has ended; the server says which one goes on once this side has ended the copy too. */
  readonly #onCopyDone = () => {
    this.#ending = true
    this.#connection?.endCopyFrom()
  }

  #leave(): void {
    this.#connection?.off("copyDone", this.#onCopyDone)
  }
}

function msOf(microseconds: bigint): number {
  return postgresEpochMs + Number(microseconds / 1000n)
}
