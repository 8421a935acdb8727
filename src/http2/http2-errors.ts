import { BanyanError, defineErrors, type ErrorDetails } from "../kit/errors.ts"
import { codesOfRules, ruleSentence } from "../kit/rule-errors.ts"
import type { ErrorName } from "./http2.ts"

const mend =
  "Mend the client, or let it speak HTTP/1.1; `edge/maxStreamsPerConnection: 0` switches HTTP/2 off."
const calm = "Send less of what asks for work and brings nothing; a new connection may be opened."

const rule = <const Rule extends string>(
  rule: Rule,
  error: ErrorName,
  section: string,
  sentence: string,
  todo = mend,
) => ({ rule, error, section, fault: "user" as const, say: ruleSentence(sentence), todo })

/** Every rule of the codec: its id, the error code it is told to the client with, the section of the standard. */
export const http2Error = defineErrors({
  BN1501: rule("preface", "PROTOCOL_ERROR", "RFC 9113 3.4", "the connection does not begin as HTTP/2 does"),
  BN1502: rule("frame-size", "FRAME_SIZE_ERROR", "RFC 9113 4.2", "a {frame} frame has {length} bytes"),
  BN1503: rule("frame-stream", "PROTOCOL_ERROR", "RFC 9113 6", "a {frame} frame stands on stream {stream}"),
  BN1504: rule(
    "stream-id",
    "PROTOCOL_ERROR",
    "RFC 9113 5.1.1",
    "stream {stream} is opened after a later one, or not the client's to open",
  ),
  BN1505: rule(
    "stream-idle",
    "PROTOCOL_ERROR",
    "RFC 9113 5.1",
    "a {frame} frame on stream {stream}, never opened",
  ),
  BN1506: rule(
    "stream-closed",
    "STREAM_CLOSED",
    "RFC 9113 5.1",
    "a {frame} frame on stream {stream}, which has ended",
  ),
  BN1507: rule(
    "streams-too-many",
    "REFUSED_STREAM",
    "RFC 9113 5.1.2",
    "more than {limit} requests at once on one connection",
    "Send it again when another one has been answered, or raise `edge/maxStreamsPerConnection`.",
  ),
  BN1508: rule(
    "block-open",
    "PROTOCOL_ERROR",
    "RFC 9113 6.10",
    "a {frame} frame where a block of fields goes on, or does not",
  ),
  BN1509: rule(
    "block-too-long",
    "ENHANCE_YOUR_CALM",
    "RFC 9113 10.5.1",
    "a block of fields is longer than {limit} bytes, or comes in more than {frames} frames",
    calm,
  ),
  BN1510: rule("padding", "PROTOCOL_ERROR", "RFC 9113 6.1", "the padding is longer than its frame"),
  BN1511: rule("compression", "COMPRESSION_ERROR", "RFC 7541", "the fields cannot be decompressed: {reason}"),
  BN1512: rule("setting", "PROTOCOL_ERROR", "RFC 9113 6.5.2", "setting {id} cannot be {value}"),
  BN1513: rule(
    "setting-window",
    "FLOW_CONTROL_ERROR",
    "RFC 9113 6.5.2",
    "the initial window cannot be {value}",
  ),
  BN1514: rule("window-step", "PROTOCOL_ERROR", "RFC 9113 6.9", "a window is widened by nothing"),
  BN1515: rule(
    "window-overflow",
    "FLOW_CONTROL_ERROR",
    "RFC 9113 6.9.1",
    "a window is widened beyond 2^31-1",
  ),
  BN1516: rule(
    "window-overrun",
    "FLOW_CONTROL_ERROR",
    "RFC 9113 6.9.1",
    "more was sent than the window has room for",
  ),
  BN1517: rule("push", "PROTOCOL_ERROR", "RFC 9113 8.4", "a client cannot push"),
  BN1518: rule("self-dependency", "PROTOCOL_ERROR", "RFC 7540 5.3.1", "stream {stream} depends on itself"),
  BN1519: rule(
    "field-name",
    "PROTOCOL_ERROR",
    "RFC 9113 8.2.1",
    "the field name {name} is no token in lower case",
  ),
  BN1520: rule(
    "field-value",
    "PROTOCOL_ERROR",
    "RFC 9113 8.2.1",
    "the value of {name} holds a control character, or space at an end",
  ),
  BN1521: rule("connection-field", "PROTOCOL_ERROR", "RFC 9113 8.2.2", "the field {name} is HTTP/1's alone"),
  BN1522: rule("te", "PROTOCOL_ERROR", "RFC 9113 8.2.2", "TE is {value}, not trailers"),
  BN1523: rule("pseudo-unknown", "PROTOCOL_ERROR", "RFC 9113 8.3", "a request has no pseudo-header {name}"),
  BN1524: rule("pseudo-late", "PROTOCOL_ERROR", "RFC 9113 8.3", "{name} stands behind ordinary fields"),
  BN1525: rule("pseudo-repeated", "PROTOCOL_ERROR", "RFC 9113 8.3", "{name} was sent more than once"),
  BN1526: rule("pseudo-missing", "PROTOCOL_ERROR", "RFC 9113 8.3.1", "{name} is missing or empty"),
  BN1527: rule("pseudo-invalid", "PROTOCOL_ERROR", "RFC 9113 8.3.1", "{name} cannot be {value}"),
  BN1528: rule("connect-form", "PROTOCOL_ERROR", "RFC 9113 8.5", "CONNECT has :authority alone, not {name}"),
  BN1529: rule(
    "authority-disagrees",
    "PROTOCOL_ERROR",
    "RFC 9113 8.3.1",
    "the Host {host} disagrees with :authority",
  ),
  BN1530: rule(
    "length-mismatch",
    "PROTOCOL_ERROR",
    "RFC 9113 8.1.1",
    "the body is not as long as Content-Length says",
  ),
  BN1531: rule(
    "trailers-open",
    "PROTOCOL_ERROR",
    "RFC 9113 8.1",
    "fields behind the body do not end the request",
  ),
  BN1532: rule(
    "resets-too-many",
    "ENHANCE_YOUR_CALM",
    "RFC 9113 10.5",
    "too many requests were cancelled, or broken, before they were answered",
    calm,
  ),
  BN1533: rule(
    "frames-too-many",
    "ENHANCE_YOUR_CALM",
    "RFC 9113 10.5",
    "too many frames that bring no request forward",
    calm,
  ),
})

type Row = (typeof http2Error.table)[keyof typeof http2Error.table]

export type Http2Rule = Row["rule"]

/** The code of each rule. */
export const codeOfHttp2Rule = codesOfRules(http2Error.table)

/** What a peer sent is not HTTP/2 as we read it. */
export class Http2Error extends BanyanError {
  readonly rule: Http2Rule
  /** What the client is told. */
  readonly errorName: ErrorName
  /** The connection ends; else this stream alone. */
  readonly ofConnection: boolean

  constructor(rule: Http2Rule, details: ErrorDetails, ofConnection: boolean) {
    const code = codeOfHttp2Rule[rule]
    const row = http2Error.table[code]
    super(code, row, details)
    this.name = "Http2Error"
    this.rule = rule
    this.errorName = row.error
    this.ofConnection = ofConnection
  }
}

/** `throw connectionError("preface")` */
export function connectionError(rule: Http2Rule, details: ErrorDetails = {}): Http2Error {
  return new Http2Error(rule, details, true)
}

/** `throw streamError("te", { value })` */
export function streamError(rule: Http2Rule, details: ErrorDetails = {}): Http2Error {
  return new Http2Error(rule, details, false)
}
