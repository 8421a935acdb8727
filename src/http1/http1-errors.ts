import { BanyanError, defineErrors, type ErrorDetails } from "../kit/errors.ts"
import { codesOfRules, ruleSentence } from "../kit/rule-errors.ts"

const close = "Send the message as the named section says; the connection is closed, open a new one."
const shrink = "Send less at once, or raise the limit where this server is configured."

const rule = <const Rule extends string>(
  rule: Rule,
  status: number,
  section: string,
  sentence: string,
  todo = close,
) => ({ rule, status, section, fault: "user" as const, say: ruleSentence(sentence), todo })

/**
 * Every rule of the codec: its id (for logs, metrics and tests), the status a server answers such a request with, the
 * section of the standard, the sentence.
 */
export const httpError = defineErrors({
  BN1101: rule("bare-lf", 400, "RFC 9112 2.2", "a line ends with LF alone, without CR"),
  BN1102: rule("bare-cr", 400, "RFC 9112 2.2", "a CR is not followed by LF"),
  BN1103: rule("control-character", 400, "RFC 9110 5.5", "the head holds the control character {byte}"),
  BN1104: rule(
    "obs-fold",
    400,
    "RFC 9112 5.2",
    "a field line starts with white space (obsolete line folding)",
  ),
  BN1105: rule("request-line", 400, "RFC 9112 3", "the request line {line} is not `method target version`"),
  BN1106: rule("method", 400, "RFC 9110 9.1", "the method {method} is no token"),
  BN1107: rule("target", 400, "RFC 9112 3.2", "the request-target {target} is malformed"),
  BN1108: rule(
    "target-form",
    400,
    "RFC 9112 3.2",
    "the request-target {target} has no form that fits {method}",
  ),
  BN1109: rule("dot-segments", 400, "RFC 3986 6.2.2.3", "the path {target} climbs above the root"),
  BN1110: rule("version", 505, "RFC 9112 2.3", "the version {version} is not HTTP/1.0 or HTTP/1.1"),
  BN1111: rule("http2-preface", 505, "RFC 9113 3.4", "the client speaks HTTP/2 on a connection for HTTP/1.1"),
  BN1112: rule("field-line", 400, "RFC 9112 5", "the field line {line} has no colon"),
  BN1113: rule("field-name", 400, "RFC 9110 5.1", "the field name {name} is no token"),
  BN1114: rule("space-before-colon", 400, "RFC 9112 5.1", "white space stands before the colon of {name}"),
  BN1115: rule("host-missing", 400, "RFC 9112 3.2", "the request has no Host"),
  BN1116: rule("host-repeated", 400, "RFC 9112 3.2", "the request has more than one Host"),
  BN1117: rule("host-invalid", 400, "RFC 9110 7.2", "the Host {host} is not `host` or `host:port`"),
  BN1118: rule("host-disagrees", 400, "RFC 9112 3.2.2", "the Host {host} disagrees with the target {target}"),
  BN1119: rule(
    "length-and-coding",
    400,
    "RFC 9112 6.3",
    "both Content-Length and Transfer-Encoding were sent",
  ),
  BN1120: rule("length-repeated", 400, "RFC 9112 6.3", "Content-Length was sent more than once"),
  BN1121: rule(
    "length-invalid",
    400,
    "RFC 9110 8.6",
    "the Content-Length {value} is not a plain decimal number",
  ),
  BN1122: rule("coding-repeated", 400, "RFC 9112 6.1", "Transfer-Encoding was sent more than once"),
  BN1123: rule("coding-invalid", 400, "RFC 9112 6.1", "the Transfer-Encoding {value} is malformed"),
  BN1124: rule(
    "coding-unknown",
    501,
    "RFC 9112 6.1",
    "the Transfer-Encoding {value} is not supported; chunked is",
  ),
  BN1125: rule("coding-on-1.0", 400, "RFC 9112 6.1", "Transfer-Encoding was sent with HTTP/1.0"),
  BN1126: rule("connection-invalid", 400, "RFC 9110 7.6.1", "the Connection option {option} is no token"),
  BN1127: rule(
    "connection-names-end-to-end",
    400,
    "RFC 9110 7.6.1",
    "Connection names {option}, a field meant for every recipient",
  ),
  BN1128: rule("expectation", 417, "RFC 9110 10.1.1", "the expectation {value} is not 100-continue"),
  BN1129: rule("chunk-size", 400, "RFC 9112 7.1", "a chunk size is not a hexadecimal number below 2^53"),
  BN1130: rule("chunk-extension", 400, "RFC 9112 7.1.1", "a chunk extension is malformed or too long"),
  BN1131: rule("chunk-end", 400, "RFC 9112 7.1", "the data of a chunk is not followed by CRLF"),
  BN1132: rule("trailer-forbidden", 400, "RFC 9110 6.5.1", "the field {name} may not stand in a trailer"),
  BN1133: rule("line-too-long", 414, "RFC 9112 3", "the start line is longer than {limit} bytes", shrink),
  BN1134: rule("fields-too-large", 431, "RFC 6585 5", "the fields are longer than {limit} bytes", shrink),
  BN1135: rule("fields-too-many", 431, "RFC 6585 5", "there are more than {limit} fields", shrink),
  BN1136: rule("body-too-large", 413, "RFC 9110 15.5.14", "the body is longer than {limit} bytes", shrink),
  BN1137: rule("cut-short", 400, "RFC 9112 8", "the connection ended inside a message"),
  BN1138: rule("status-line", 502, "RFC 9112 4", "the status line {line} is malformed"),
  BN1139: rule("body-forbidden", 502, "RFC 9110 8.6", "a response with status {status} announces a body"),
  BN1140: rule("response-unasked", 502, "RFC 9112 9.2", "bytes of a response came that no request asked for"),
  BN1141: rule(
    "framing-alias",
    400,
    "RFC 3875 4.1.18",
    "the field {name} frames the request for servers that take _ for -",
  ),
  BN1150: rule("encode-method", 500, "RFC 9110 9.1", "the method {value} cannot be written: it is no token"),
  BN1151: rule("encode-target", 500, "RFC 9112 3.2", "the request-target {value} cannot be written"),
  BN1152: rule("encode-status", 500, "RFC 9112 4", "the status {value} cannot be written"),
  BN1153: rule(
    "encode-name",
    500,
    "RFC 9110 5.1",
    "the field name {value} cannot be written: it is no token",
  ),
  BN1154: rule(
    "encode-value",
    500,
    "RFC 9110 5.5",
    "the value of {name} holds a character that fields cannot",
  ),
})

type Row = (typeof httpError.table)[keyof typeof httpError.table]

export type HttpRule = Row["rule"]

/** The code of each rule. */
export const codeOfRule = codesOfRules(httpError.table)

/** A message that is not HTTP/1.1 as we read it strictly. Nothing else is ever thrown by a parser or an encoder. */
export class HttpParseError extends BanyanError {
  readonly rule: HttpRule
  /** What a server answers a bad request with; a proxy answers a bad response with 502 instead. */
  readonly status: number
  /** The section of the standard that was broken. */
  readonly section: string

  constructor(rule: HttpRule, details: ErrorDetails = {}) {
    const code = codeOfRule[rule]
    const row = httpError.table[code]
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
