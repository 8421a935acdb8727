import type { Socket } from "node:net"
import type { TLSSocket } from "node:tls"
import { plainAddress } from "./client-address.ts"
import { type ProxyRefusal, readProxyHeader } from "./proxy-header.ts"
import { failureOf, type HandshakeFailure, type TlsDoor } from "./tls/tls-door.ts"
import { PlainTransport, TlsTransport, type Transport } from "./transport.ts"

/** What must be done on a connection before HTTP can begin. */
export type Way = {
  readonly tls: TlsDoor | undefined
  /** It comes from a load balancer that says first for whom. */
  readonly proxied: boolean
}

export interface ArrivalOwner {
  /** The header has said who the client is. False: it holds too many connections. */
  known(arrival: Arrival, address: string): boolean
  /** HTTP can begin. */
  arrived(arrival: Arrival, transport: Transport): void
  /** It speaks no TLS where TLS is spoken, but HTTP: it can be told so. */
  mistaken(arrival: Arrival, transport: Transport): void
  /** It has gone, or was sent away. */
  lost(arrival: Arrival, why: { readonly header?: ProxyRefusal | "late" | "gone" }): void
}

/** The first byte of a TLS connection (RFC 8446 section 5.1: handshake), and those that HTTP's methods begin with. */
const handshakeRecord = 0x16
const isLetter = (byte: number) => byte >= 0x41 && byte <= 0x5a

/** A fatal alert, `internal_error` (RFC 8446 section 6): a client that met a reset instead would ask again. */
const noCertificateAlert = Buffer.from([0x15, 3, 3, 0, 2, 2, 80])

/**
 * A connection before HTTP: reads a PROXY protocol header where one must be, shakes hands where TLS is spoken. One
 * deadline holds for all of it.
 *
 *     header -> hello -> handshake -> over
 */
export class Arrival {
  readonly #accepted: Socket
  readonly #way: Way
  readonly #owner: ArrivalOwner
  readonly #deadlineMs: number
  #state: "header" | "hello" | "handshake" | "over"
  #address: string
  #bytes: Buffer = Buffer.alloc(0)
  #secure: TLSSocket | undefined

  /** Nothing happens before `begin`, which must come in the turn that accepted it. */
  constructor(accepted: Socket, way: Way, owner: ArrivalOwner, deadlineMs: number) {
    this.#accepted = accepted
    this.#way = way
    this.#owner = owner
    this.#deadlineMs = deadlineMs
    this.#state = way.proxied ? "header" : "hello"
    this.#address = plainAddress(accepted.remoteAddress)
  }

  /** A drain waits for it: the client was let in. */
  get idle(): boolean {
    return false
  }

  begin(): void {
    this.#accepted.on("error", () => {})
    this.#accepted.once("close", this.#onGone)
    this.#accepted.once("end", this.#onGone)
    this.#accepted.on("readable", this.#onReadable)
  }

  sweep(nowMs: number): void {
    if (nowMs >= this.#deadlineMs) this.#end("late")
  }

  /** It has none, and is told of nothing yet. */
  endStream(): void {}

  drain(): void {}

  close(): void {
    this.#end("gone")
  }

  destroy(): void {
    this.#end("gone")
  }

  readonly #onGone = () => this.#end("gone")

  readonly #onReadable = () => {
    const bytes = this.#accepted.read() as Buffer | null
    if (bytes === null || this.#state === "over") return
    this.#bytes = this.#bytes.length === 0 ? bytes : Buffer.concat([this.#bytes, bytes])
    if (this.#state === "header") this.#readHeader()
    if (this.#state === "hello" && this.#bytes.length > 0) this.#goOn()
  }

  #readHeader(): void {
    const header = readProxyHeader(this.#bytes)
    if (header === "more") return
    if (typeof header === "string") {
      this.#end("gone", header)
      return
    }
    this.#bytes = this.#bytes.subarray(header.length)
    this.#state = "hello"
    this.#address = header.source === undefined ? this.#address : plainAddress(header.source.address)
    if (!this.#owner.known(this, this.#address)) this.#end("gone")
    else if (this.#way.tls === undefined) this.#goOn()
  }

  /** What it says next belongs to TLS, or to HTTP. */
  #goOn(): void {
    const first = this.#bytes[0]
    if (this.#way.tls === undefined) this.#over(this.#plain(), "arrived")
    else if (first === handshakeRecord) this.#shakeHands(this.#way.tls)
    else if (first !== undefined && isLetter(first)) {
      this.#way.tls.failed("not-tls")
      this.#over(this.#plain(), "mistaken")
    } else this.#fail("not-tls")
  }

  #plain(): Transport {
    return new PlainTransport(this.#accepted, this.#address, this.#bytes.length > 0 ? this.#bytes : undefined)
  }

  #shakeHands(tls: TlsDoor): void {
    this.#release()
    this.#accepted.unshift(this.#bytes)
    const socket = tls.wrap(this.#accepted)
    if (socket === undefined) {
      this.#accepted.write(noCertificateAlert)
      this.#fail("no-certificate")
      return
    }
    this.#state = "handshake"
    this.#secure = socket
    let trouble: Error | undefined
    const onError = (error: Error) => {
      trouble ??= error
    }
    // For as long as the connection lives: an error below that nobody listens to would end the process.
    socket.on("error", onError)
    const onEnd = () => this.#fail(failureOf(trouble))
    socket.once("close", onEnd).once("end", onEnd)
    socket.once("secure", () => {
      if (this.#state !== "handshake") return
      socket.off("close", onEnd).off("end", onEnd)
      tls.succeeded(socket)
      this.#over(new TlsTransport(socket, this.#accepted, this.#address), "arrived")
    })
  }

  #fail(why: HandshakeFailure): void {
    if (this.#state === "over") return
    this.#way.tls?.failed(why)
    this.#leave({})
  }

  #end(how: "late" | "gone", header?: ProxyRefusal): void {
    if (this.#state === "over") return
    if (this.#state === "header") this.#leave({ header: header ?? how })
    else this.#fail(how)
  }

  #leave(why: { readonly header?: ProxyRefusal | "late" | "gone" }): void {
    this.#state = "over"
    this.#release()
    this.#secure?.destroy()
    this.#accepted.destroy()
    this.#owner.lost(this, why)
  }

  #over(transport: Transport, how: "arrived" | "mistaken"): void {
    this.#state = "over"
    this.#release()
    this.#owner[how](this, transport)
  }

  #release(): void {
    this.#accepted.off("readable", this.#onReadable)
    this.#accepted.off("close", this.#onGone)
    this.#accepted.off("end", this.#onGone)
  }
}
