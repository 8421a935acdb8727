/**
 * The contract of the codec: a strict, incremental HTTP/1.1 codec on bytes. No I/O, no timers.
 *
 * Fields are kept as they came: a flat array `[name, value, name, value, ...]`, names in their original case, values
 * trimmed of optional white space, both as latin-1 strings (RFC 9110 section 5.5).
 */
export type Fields = readonly string[]

/** What `endToEndLines` made last of a head's fields: who says the same of itself again is not rewritten again. */
export type MadeLines = { by: unknown; of: Fields | undefined; lines: string }

/** How the body of a message is delimited (RFC 9112 section 6). */
export type BodyFraming =
  | { readonly kind: "none" }
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunked" }
  /** Responses only: the body ends when the connection does. */
  | { readonly kind: "until-close" }

export type RequestHead = {
  readonly method: string
  /** The request-target as received (RFC 9112 section 3.2), already checked. */
  readonly target: string
  /** Minor version: HTTP/1.0 or HTTP/1.1. */
  readonly minor: 0 | 1
  readonly fields: Fields
  /** The fields as they came, line by line, each with its CRLF: for whoever passes most of them on. */
  readonly lines: string
  /** For `endToEndLines`. */
  readonly made?: MadeLines | undefined
  readonly body: BodyFraming
  /** Whether the sender lets the connection live on after this message. */
  readonly keepAlive: boolean
  /** The Host (or the authority of an absolute-URI); empty only in HTTP/1.0. */
  readonly host: string
  /** Protocol asked for when this is a well-formed upgrade request (`websocket`), lower case. */
  readonly upgrade: string | undefined
  /** `Expect: 100-continue` was sent. */
  readonly expectContinue: boolean
}

export type ResponseHead = {
  readonly status: number
  readonly reason: string
  readonly minor: 0 | 1
  readonly fields: Fields
  /** As in `RequestHead`. */
  readonly lines: string
  readonly made?: MadeLines | undefined
  readonly body: BodyFraming
  readonly keepAlive: boolean
}

export type Limits = {
  /** Request or status line. Default 8 KiB. */
  readonly maxLineBytes: number
  /** All fields of one message. Default 16 KiB. */
  readonly maxFieldBytes: number
  /** Number of fields. Default 100. */
  readonly maxFields: number
  /** Body bytes; Infinity for none. Default Infinity (whoever hosts sets it). */
  readonly maxBodyBytes: number
}

export const defaultLimits: Limits = {
  maxLineBytes: 8 * 1024,
  maxFieldBytes: 16 * 1024,
  maxFields: 100,
  maxBodyBytes: Number.POSITIVE_INFINITY,
}

/** What a parser tells, in this order: head, body*, trailers?, end. Body chunks are views into the pushed bytes. */
export interface MessageSink<Head> {
  head(head: Head): void
  body(chunk: Uint8Array): void
  /** Trailer fields of a chunked body; not called when there are none. */
  trailers(fields: Fields): void
  end(): void
}

/**
 * One parser reads one direction of one connection, message after message.
 *
 * `push` consumes bytes until a message ends or the bytes do, and returns how many it took. It stops right after
 * `end()`, so that the caller decides when the next (pipelined) message is read, and right after the head of a
 * message that switches protocols (101, or a 2xx to CONNECT), after which the bytes are no longer HTTP.
 * A malformed message throws HttpParseError; the parser is dead afterwards.
 */
export interface MessageParser {
  push(bytes: Uint8Array): number
  /** The peer ended its side: ends an until-close body, throws if a message was cut short, else does nothing. */
  eof(): void
  /** No byte of a next message has been read. */
  readonly idle: boolean
}

export interface ResponseParser extends MessageParser {
  /** Must be called before the response to each request is pushed: HEAD and CONNECT change the framing. */
  expect(method: string): void
}
