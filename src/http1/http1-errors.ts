import { BanyanError, type ErrorDetails, type ErrorRow } from "../kit/errors.ts"

type ParseRow = ErrorRow & {
  /** The HTTP status a server answers a bad request with; a proxy answers a bad response with 502 instead. */
  readonly status: number
  /** The rule that was broken. */
  readonly section: string
}

const close = "Send the message as the named section says; the connection is closed, open a new one."
const shrink = "Send less at once, or raise the limit where this server is configured."

const row = (code: `BN11${number}`, status: number, section: string, sentence: string, todo = close) => ({
  code,
  row: { fault: "user", status, section, say: say(sentence), todo } as ParseRow,
})

/** Fills `{name}` from the details; what came from the peer is quoted and cut. */
const say = (sentence: string) => (details: ErrorDetails) =>
  sentence.replace(/\{(\w+)\}/g, (_, name: string) => printable(details[name]))

const printable = (value: ErrorDetails[string]) =>
  typeof value === "string" ? JSON.stringify(value.slice(0, 80)) : String(value)

/** Every rule of the codec. A rule id names the mistake for logs, metrics and tests; the code is its stable number. */
export const httpRules = {
  "bare-lf": row("BN1101", 400, "RFC 9112 2.2", "a line ends with LF alone, without CR"),
  "bare-cr": row("BN1102", 400, "RFC 9112 2.2", "a CR is not followed by LF"),
  "control-character": row("BN1103", 400, "RFC 9110 5.5", "the head holds the control character {byte}"),
  "obs-fold": row(
    "BN1104",
    400,
    "RFC 9112 5.2",
    "a field line starts with white space (obsolete line folding)",
  ),
  "request-line": row("BN1105", 400, "RFC 9112 3", "the request line {line} is not `method target version`"),
  method: row("BN1106", 400, "RFC 9110 9.1", "the method {method} is no token"),
  target: row("BN1107", 400, "RFC 9112 3.2", "the request-target {target} is malformed"),
  "target-form": row(
    "BN1108",
    400,
    "RFC 9112 3.2",
    "the request-target {target} has no form that fits {method}",
  ),
  "dot-segments": row("BN1109", 400, "RFC 3986 6.2.2.3", "the path {target} climbs above the root"),
  version: row("BN1110", 505, "RFC 9112 2.3", "the version {version} is not HTTP/1.0 or HTTP/1.1"),
  "http2-preface": row(
    "BN1111",
    505,
    "RFC 9113 3.4",
    "the client speaks HTTP/2 on a connection for HTTP/1.1",
  ),
  "field-line": row("BN1112", 400, "RFC 9112 5", "the field line {line} has no colon"),
  "field-name": row("BN1113", 400, "RFC 9110 5.1", "the field name {name} is no token"),
  "space-before-colon": row("BN1114", 400, "RFC 9112 5.1", "white space stands before the colon of {name}"),
  "host-missing": row("BN1115", 400, "RFC 9112 3.2", "the request has no Host"),
  "host-repeated": row("BN1116", 400, "RFC 9112 3.2", "the request has more than one Host"),
  "host-invalid": row("BN1117", 400, "RFC 9110 7.2", "the Host {host} is not `host` or `host:port`"),
  "host-disagrees": row(
    "BN1118",
    400,
    "RFC 9112 3.2.2",
    "the Host {host} disagrees with the target {target}",
  ),
  "length-and-coding": row(
    "BN1119",
    400,
    "RFC 9112 6.3",
    "both Content-Length and Transfer-Encoding were sent",
  ),
  "length-repeated": row("BN1120", 400, "RFC 9112 6.3", "Content-Length was sent more than once"),
  "length-invalid": row(
    "BN1121",
    400,
    "RFC 9110 8.6",
    "the Content-Length {value} is not a plain decimal number",
  ),
  "coding-repeated": row("BN1122", 400, "RFC 9112 6.1", "Transfer-Encoding was sent more than once"),
  "coding-invalid": row("BN1123", 400, "RFC 9112 6.1", "the Transfer-Encoding {value} is malformed"),
  "coding-unknown": row(
    "BN1124",
    501,
    "RFC 9112 6.1",
    "the Transfer-Encoding {value} is not supported; chunked is",
  ),
  "coding-on-1.0": row("BN1125", 400, "RFC 9112 6.1", "Transfer-Encoding was sent with HTTP/1.0"),
  "connection-invalid": row("BN1126", 400, "RFC 9110 7.6.1", "the Connection option {option} is no token"),
  "connection-names-end-to-end": row(
    "BN1127",
    400,
    "RFC 9110 7.6.1",
    "Connection names {option}, a field meant for every recipient",
  ),
  expectation: row("BN1128", 417, "RFC 9110 10.1.1", "the expectation {value} is not 100-continue"),
  "chunk-size": row("BN1129", 400, "RFC 9112 7.1", "a chunk size is not a hexadecimal number below 2^53"),
  "chunk-extension": row("BN1130", 400, "RFC 9112 7.1.1", "a chunk extension is malformed or too long"),
  "chunk-end": row("BN1131", 400, "RFC 9112 7.1", "the data of a chunk is not followed by CRLF"),
  "trailer-forbidden": row("BN1132", 400, "RFC 9110 6.5.1", "the field {name} may not stand in a trailer"),
  "line-too-long": row("BN1133", 414, "RFC 9112 3", "the start line is longer than {limit} bytes", shrink),
  "fields-too-large": row("BN1134", 431, "RFC 6585 5", "the fields are longer than {limit} bytes", shrink),
  "fields-too-many": row("BN1135", 431, "RFC 6585 5", "there are more than {limit} fields", shrink),
  "body-too-large": row("BN1136", 413, "RFC 9110 15.5.14", "the body is longer than {limit} bytes", shrink),
  "cut-short": row("BN1137", 400, "RFC 9112 8", "the connection ended inside a message"),
  "status-line": row("BN1138", 502, "RFC 9112 4", "the status line {line} is malformed"),
  "body-forbidden": row("BN1139", 502, "RFC 9110 8.6", "a response with status {status} announces a body"),
  "response-unasked": row(
    "BN1140",
    502,
    "RFC 9112 9.2",
    "bytes of a response came that no request asked for",
  ),
  "encode-method": row("BN1150", 500, "RFC 9110 9.1", "the method {value} cannot be written: it is no token"),
  "encode-target": row("BN1151", 500, "RFC 9112 3.2", "the request-target {value} cannot be written"),
  "encode-status": row("BN1152", 500, "RFC 9112 4", "the status {value} cannot be written"),
  "encode-name": row(
    "BN1153",
    500,
    "RFC 9110 5.1",
    "the field name {value} cannot be written: it is no token",
  ),
  "encode-value": row(
    "BN1154",
    500,
    "RFC 9110 5.5",
    "the value of {name} holds a character that fields cannot",
  ),
} as const

export type HttpRule = keyof typeof httpRules

/** A message that is not HTTP/1.1 as we read it strictly. Nothing else is ever thrown by a parser or an encoder. */
export class HttpParseError extends BanyanError {
  readonly rule: HttpRule
  /** What a server answers a bad request with. */
  readonly status: number
  /** The section of the standard that was broken. */
  readonly section: string

  constructor(rule: HttpRule, details: ErrorDetails = {}) {
    const { code, row } = httpRules[rule]
    super(code, row, details)
    this.name = "HttpParseError"
    this.rule = rule
    this.status = row.status
    this.section = row.section
  }
}

/** `throw reject("bare-lf")` */
export function reject(rule: HttpRule, details: ErrorDetails = {}): HttpParseError {
  return new HttpParseError(rule, details)
}
