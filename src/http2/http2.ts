import type { Fields, HttpParseError, Limits, RequestHead } from "../http1/index.ts"

/**
 * The contract of the codec: the server's side of one HTTP/2 connection (RFC 9113) on bytes. No I/O, no timers. Fields
 * are as in src/http1: a flat array `[name, value, ...]` of latin-1 strings; here all names are in lower case.
 */

/** RFC 9113 section 6. */
export const frameType = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goAway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const

export const flag = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const

/** RFC 9113 section 7. */
export const errorCode = {
  NO_ERROR: 0,
  PROTOCOL_ERROR: 1,
  INTERNAL_ERROR: 2,
  FLOW_CONTROL_ERROR: 3,
  SETTINGS_TIMEOUT: 4,
  STREAM_CLOSED: 5,
  FRAME_SIZE_ERROR: 6,
  REFUSED_STREAM: 7,
  CANCEL: 8,
  COMPRESSION_ERROR: 9,
  CONNECT_ERROR: 10,
  ENHANCE_YOUR_CALM: 11,
  INADEQUATE_SECURITY: 12,
  HTTP_1_1_REQUIRED: 13,
} as const

export type ErrorName = keyof typeof errorCode

/** RFC 9113 section 6.5.2. */
export const setting = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
} as const

export const frameHeadBytes = 9

/** The largest payload that is read: RFC 9113's least, so that no frame keeps others waiting for long. */
export const maxFrameBytes = 16_384

export const maxWindow = 2 ** 31 - 1

export const maxStreamId = 2 ** 31 - 1

/** What every client sends first (RFC 9113 section 3.4). */
export const preface: Buffer = Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "latin1")

/** `payload` is a view: valid until the call it was given in returns. */
export type Frame = {
  readonly type: number
  readonly flags: number
  readonly streamId: number
  readonly payload: Buffer
}

export type SessionLimits = {
  /** Requests of one connection at once; the next is refused so that it may safely be sent again. */
  readonly maxStreams: number
  /** Of each request: HTTP/1's own. */
  readonly message: Limits
}

/** What a session tells its owner. It never throws because of what a peer sent. */
export interface SessionOwner {
  /** A request has begun; what follows of it is told to the returned handler. */
  request(stream: OutStream, head: RequestHead): StreamHandler
  /** A request whose head is well-formed HTTP/2, but refused as the same head of HTTP/1 would be. */
  refused(stream: OutStream, error: HttpParseError): StreamHandler
  /** There is something to `take`. */
  pending(): void
  /** A rule of the protocol was broken, by the code of its error: a stream was reset, or the connection ends. */
  broken(code: string): void
}

/** Takes one request's pieces: body*, trailers?, ended, with `pushed` behind each of them. Bytes are borrowed. */
export interface StreamHandler {
  body(bytes: Uint8Array): void
  trailers(fields: Fields): void
  ended(): void
  /** Time to act on what came. */
  pushed(): void
  /** The rest of the request is refused as HTTP/1 would: too large, or a trailer that must not be. */
  malformed(error: HttpParseError): void
  /** What was written has left. */
  writable(): void
  /** Told once, and last. `whole`: all of the answer has left; else the stream was reset, by either side. */
  closed(whole: boolean): void
}

/** The answering side of one stream. After `reset`, or the handler's `closed`, its calls do nothing. */
export interface OutStream {
  readonly id: number
  /** Bytes written that have not left yet. */
  readonly waitingBytes: number
  /** `fields` begin with `:status`; an interim head (1xx) may be followed by another one. `ended`: no body follows. */
  head(fields: Fields, ended: boolean): void
  /** Copies. False: wait until it is writable. */
  write(bytes: Uint8Array): boolean
  end(trailers?: Fields): void
  reset(error: ErrorName): void
  /** The client gets no more room to send until `resume`. */
  pause(): void
  resume(): void
}
