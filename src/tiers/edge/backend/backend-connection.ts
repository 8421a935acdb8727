import { connect, type Socket } from "node:net"
import {
  createResponseParser,
  type Fields,
  HttpParseError,
  type ResponseHead,
  type ResponseParser,
} from "../../../http1/index.ts"
import type { Clock } from "../../../kit/clock.ts"
import { endInTurn, type Piece, writeInTurn } from "../../../kit/node/shared-write.ts"
import type { Address } from "../../../wire/map.ts"
import type { AttemptFailure } from "../exchange/retry-rules.ts"

/** Who gets the answer of one request. Bytes are borrowed: they are valid until the call returns. */
export interface AnswerSink {
  /** The request may be written now. */
  connected(): void
  answerHead(head: ResponseHead): void
  answerBody(bytes: Uint8Array): void
  answerTrailers(fields: Fields): void
  answerEnd(): void
  /** All bytes at hand have been told of: time to write out what they brought. */
  answerPushed(): void
  /** After a 101: bytes of another protocol, and their end. */
  backendBytes(bytes: Uint8Array): void
  backendEnded(): void
  /** What was written before has left. */
  backendWritable(): void
  /**
   * The backend is out of rotation for its silence, and no byte of an answer has come. The attempt goes on unless the
   * sink finishes it. `connected`: the request may have been written.
   */
  backendSilent(connected: boolean): void
  /** Told once, and last. `answerBegun`: at least one byte of an answer had come. */
  attemptFailed(failure: AttemptFailure, answerBegun: boolean, reason: string): void
}

/** What becomes of a connection that is in nobody's hands. */
export interface ConnectionOwner {
  /** Bytes came. */
  heard(): void
  /** An answer said that it is the last one here. */
  lastAnswer(): void
  /** Its client takes the answer slower than it comes, or does so no more. */
  stalled(isStalled: boolean): void
  released(connection: BackendConnection): void
  /** It is gone; `idle`: nobody was using it. */
  closed(connection: BackendConnection, idle: boolean): void
}

/** Backends may send larger heads than clients: cookies pile up on that side. */
const answerLimits = { maxFieldBytes: 64 * 1024, maxFields: 256 }

/** Nothing was sent yet, so giving up early costs nothing: another backend is asked. */
const connectTimeoutMs = 2_000

/** Shared by all connections: what is read is parsed, and copied where it is kept, before the next read. */
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024)

/**
 * One connection to a backend: used by one request at a time, kept alive between them.
 *
 * connecting -> busy -> idle -> busy ... -> closed; busy -> tunnel -> closed. A sink is set in connecting, busy, tunnel.
 */
export class BackendConnection {
  readonly #owner: ConnectionOwner
  readonly #socket: Socket
  readonly #parser: ResponseParser
  #state: "connecting" | "busy" | "tunnel" | "idle" | "closed" = "connecting"
  #sink: AnswerSink | undefined
  /** Bytes of an answer came since the sink was set. */
  #answerBegun = false
  /** The final answer has ended; another byte would belong to no request. */
  #answerEnded = false
  /** The answer being read is an interim one (1xx): the final one follows. */
  #interim = false
  /** Nothing more may be read as an answer. */
  #spoilt = false
  #stalled = false
  #error = ""
  /** Set by the owner. */
  idleSinceMs = 0

  constructor(address: Address, owner: ConnectionOwner, clock: Clock) {
    this.#owner = owner
    this.#parser = createResponseParser(this.#parserSink(), answerLimits)
    const onread = {
      buffer: readBuffer,
      callback: (length: number) => {
        this.#read(readBuffer.subarray(0, length))
        return true
      },
    }
    this.#socket = connect({ ...address, noDelay: true, onread })
    const cancelTimeout = clock.after(connectTimeoutMs, () => this.#socket.destroy())
    this.#socket.once("connect", () => {
      cancelTimeout()
      this.#connected()
    })
    this.#socket.on("drain", () => this.#sink?.backendWritable())
    this.#socket.once("end", () => this.#ended())
    this.#socket.once("error", error => {
      this.#error = error.message
    })
    this.#socket.once("close", () => {
      cancelTimeout()
      this.#closed()
    })
  }

  /** Whether an idle connection can still be used, as far as is known here. */
  get usable(): boolean {
    return this.#state === "idle" && this.#socket.writable && !this.#socket.readableEnded
  }

  /** Begins one request; `sink.connected()` follows, at once when the connection stands. */
  begin(sink: AnswerSink, method: string): void {
    this.#sink = sink
    this.#answerBegun = false
    this.#answerEnded = false
    this.#parser.expect(method)
    if (this.#state === "connecting") return
    this.#state = "busy"
    sink.connected()
  }

  write(bytes: Piece): boolean {
    return writeInTurn(this.#socket, bytes)
  }

  /** Half-close, in a tunnel. */
  end(): void {
    endInTurn(this.#socket)
  }

  pause(): void {
    this.#socket.pause()
    this.#setStalled(true)
  }

  resume(): void {
    if (!this.#stalled) return
    this.#socket.resume()
    this.#setStalled(false)
  }

  /** The request is over; `reusable`: both sides said all they had to say, and want to go on. */
  finish(reusable: boolean): void {
    this.#sink = undefined
    if (reusable && this.#state === "busy" && this.#answerEnded && !this.#spoilt && this.#socket.writable) {
      this.#state = "idle"
      this.resume()
      this.#owner.released(this)
    } else this.destroy()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** Its backend should long have gone and says nothing. Where a client takes nothing, that is no silence of the backend. */
  giveUp(): void {
    if (!this.#stalled) this.destroy()
  }

  /** Its backend is out of rotation for its silence. */
  silent(): void {
    const connected = this.#state === "busy"
    if ((connected && !this.#answerBegun) || this.#state === "connecting")
      this.#sink?.backendSilent(connected)
  }

  #connected(): void {
    this.#state = "busy"
    this.#sink?.connected()
  }

  #read(bytes: Uint8Array): void {
    this.#owner.heard()
    if (this.#state === "idle") {
      this.destroy()
      return
    }
    this.#answerBegun = true
    let at = 0
    while (at < bytes.length && this.#state === "busy" && !this.#answerEnded && this.#sink !== undefined) {
      try {
        at += this.#parser.push(at === 0 ? bytes : bytes.subarray(at))
      } catch (error) {
        this.#fail("malformed", error)
        return
      }
    }
    if (this.#state === "tunnel") {
      if (at < bytes.length) this.#sink?.backendBytes(bytes.subarray(at))
      return
    }
    if (at < bytes.length) this.#spoilt = true
    this.#sink?.answerPushed()
  }

  #parserSink() {
    return {
      head: (head: ResponseHead) => {
        if (!head.keepAlive) this.#owner.lastAnswer()
        this.#sink?.answerHead(head)
        if (head.status === 101 && this.#sink !== undefined) this.#state = "tunnel"
        this.#interim = head.status < 200
      },
      body: (bytes: Uint8Array) => this.#sink?.answerBody(bytes),
      trailers: (fields: Fields) => this.#sink?.answerTrailers(fields),
      end: () => {
        if (this.#interim) return
        this.#answerEnded = true
        this.#sink?.answerEnd()
      },
    }
  }

  /** The backend has sent all it will: the end of an until-close body, or of a tunnel, or a failure. */
  #ended(): void {
    if (this.#state === "tunnel") {
      this.#sink?.backendEnded()
      return
    }
    if (this.#state === "busy" && this.#answerBegun && !this.#answerEnded && this.#sink !== undefined) {
      try {
        this.#parser.eof()
      } catch (error) {
        this.#fail("closed", error)
        return
      }
      if (this.#answerEnded) {
        this.#spoilt = true
        this.#sink.answerPushed()
      }
    }
    this.destroy()
  }

  #closed(): void {
    const before = this.#state
    this.#state = "closed"
    this.#setStalled(false)
    const sink = this.#sink
    this.#sink = undefined
    const failure = before === "connecting" ? "connect-failed" : "closed"
    // First the bad news, then the free place: or the place would be given to one more request before it is known.
    sink?.attemptFailed(failure, this.#answerBegun, this.#error || "the connection was closed")
    this.#owner.closed(this, before === "idle")
  }

  #setStalled(isStalled: boolean): void {
    if (this.#stalled === isStalled) return
    this.#stalled = isStalled
    this.#owner.stalled(isStalled)
  }

  #fail(failure: AttemptFailure, error: unknown): void {
    const sink = this.#sink
    this.#sink = undefined
    this.destroy()
    const reason = error instanceof HttpParseError ? error.message : String(error)
    sink?.attemptFailed(failure, this.#answerBegun, reason)
  }
}
