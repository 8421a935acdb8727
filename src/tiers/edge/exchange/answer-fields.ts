import {
  endToEndLines,
  fieldValue,
  httpDate,
  type RequestHead,
  type ResponseHead,
} from "../../../http1/index.ts"
import type { OwnFields } from "../client/exchange-client.ts"

/** How the body of an answer is delimited toward the client. */
export type AnswerFraming = "none" | "length" | "chunked" | "until-close"

/** The same message as the backend's, as this client can read it: HTTP/1.0 knows no chunks (RFC 9112 section 6.1). */
export function answerFraming(answer: ResponseHead, request: RequestHead): AnswerFraming {
  if (answer.body.kind === "none" || answer.body.kind === "length") return answer.body.kind
  return request.minor === 1 ? "chunked" : "until-close"
}

const passedOn = endToEndLines(name => name === "x-request-id")
/** RFC 9110 section 8.6: some statuses have no length at all. */
const passedOnWithoutBody = endToEndLines(name => name === "x-request-id" || name === "content-length")

/** The fields of an answer as the client gets them, as lines. `close`: the connection ends after it. */
export function answerLines(
  answer: ResponseHead,
  request: RequestHead,
  framing: AnswerFraming,
  close: boolean,
  own: OwnFields,
): string {
  const bare = answer.status < 200 || answer.status === 204
  let lines = bare ? passedOnWithoutBody(answer) : passedOn(answer)
  if (framing === "chunked") lines += "Transfer-Encoding: chunked\r\n"
  if (answer.status === 101) lines += "Connection: Upgrade\r\nUpgrade: websocket\r\n"
  else if (answer.status < 200) return lines
  else {
    if (close) lines += "Connection: close\r\n"
    else if (request.minor === 0) lines += "Connection: keep-alive\r\n"
    // RFC 9110 section 6.6.1: who passes on an answer without one says when it came.
    if (fieldValue(answer.fields, "date") === undefined) lines += `Date: ${httpDate(own.nowMs())}\r\n`
  }
  return `${lines}X-Request-Id: ${own.requestId}\r\n`
}
