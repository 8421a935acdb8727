import type { Socket } from "node:net"
import type { TLSSocket } from "node:tls"
import { readShared } from "../../../kit/node/shared-read.ts"
import { writeInTurn, writeQueued } from "../../../kit/node/shared-write.ts"
import { plainAddress } from "./client-address.ts"

/** A client that vanished without a word is noticed by the kernel after so long, or its stream would stay for ever. */
const keepAliveAfterMs = 60_000

/** A connection of a client on which HTTP can begin: what lies below it has been done. */
export interface Transport {
  /** Of the client: its own, or what a trusted load balancer said. */
  readonly address: string
  readonly scheme: "http" | "https"
  /** `TLSv1.3`; undefined without TLS. */
  readonly tls: string | undefined
  /** What has been read of it already; comes first, once whoever has begun the connection is done. */
  readonly ahead: Buffer | undefined
  /** Begins to read; bytes are borrowed until the callback returns. Returns the socket to use from now on. */
  open(onBytes: (bytes: Buffer) => void): Socket
  /** `bytes` may be borrowed. False: wait until it drains. */
  write(socket: Socket, bytes: Uint8Array): boolean
  /**
   * Has the kernel look whether the client is still there: four system calls, for those that stay a while. Asked for
   * again it costs nothing (Node remembers).
   */
  watch(): void
  /** Ends it so that the client can take it for nothing else than a failure. */
  reset(socket: Socket): void
}

/** A connection without TLS. */
export class PlainTransport implements Transport {
  readonly address: string
  readonly scheme = "http"
  readonly tls = undefined
  readonly ahead: Buffer | undefined
  readonly #accepted: Socket

  constructor(accepted: Socket, address = plainAddress(accepted.remoteAddress), ahead?: Buffer) {
    this.#accepted = accepted
    this.address = address
    this.ahead = ahead
  }

  open(onBytes: (bytes: Buffer) => void): Socket {
    readShared(this.#accepted, onBytes)
    return this.#accepted
  }

  write(socket: Socket, bytes: Uint8Array): boolean {
    return writeInTurn(socket, bytes)
  }

  watch(): void {
    this.#accepted.setKeepAlive(true, keepAliveAfterMs)
  }

  reset(socket: Socket): void {
    writeQueued()
    socket.resetAndDestroy()
  }
}

/** A connection whose handshake is over. */
export class TlsTransport implements Transport {
  readonly address: string
  readonly scheme = "https"
  readonly tls: string
  readonly ahead = undefined
  readonly #socket: TLSSocket
  readonly #below: Socket

  constructor(socket: TLSSocket, below: Socket, address: string) {
    this.#socket = socket
    this.#below = below
    this.address = address
    this.tls = socket.getProtocol() ?? "TLS"
  }

  open(onBytes: (bytes: Buffer) => void): Socket {
    return this.#socket.on("data", onBytes)
  }

  /** Copied: an encrypted write is always reported later, and shared memory would be given away each time. */
  write(socket: Socket, bytes: Uint8Array): boolean {
    return socket.write(Buffer.from(bytes))
  }

  watch(): void {
    this.#below.setKeepAlive(true, keepAliveAfterMs)
  }

  reset(): void {
    this.#below.resetAndDestroy()
  }
}
