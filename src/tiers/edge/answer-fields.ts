import { endToEndFields, type RequestHead, type ResponseHead, withoutFields } from "../../http1/index.ts"

/** How the body of an answer is delimited toward the client. */
export type AnswerFraming = "none" | "length" | "chunked" | "until-close"

/** The same message as the backend's, as this client can read it: HTTP/1.0 knows no chunks (RFC 9112 section 6.1). */
export function answerFraming(answer: ResponseHead, request: RequestHead): AnswerFraming {
  if (answer.body.kind === "none" || answer.body.kind === "length") return answer.body.kind
  return request.minor === 1 ? "chunked" : "until-close"
}

const replaced: ReadonlySet<string> = new Set(["x-request-id"])
/** RFC 9110 section 8.6: these statuses have no length at all. */
const replacedWithoutBody: ReadonlySet<string> = new Set(["x-request-id", "content-length"])

/** The fields of an answer as the client gets them. `close`: the connection ends after it. */
export function answerFields(
  answer: ResponseHead,
  request: RequestHead,
  framing: AnswerFraming,
  close: boolean,
  requestId: string,
): string[] {
  const bare = answer.status < 200 || answer.status === 204
  const fields = withoutFields(endToEndFields(answer.fields), bare ? replacedWithoutBody : replaced)
  if (framing === "chunked") fields.push("Transfer-Encoding", "chunked")
  if (answer.status === 101) fields.push("Connection", "Upgrade", "Upgrade", "websocket")
  else if (answer.status >= 200) {
    if (close) fields.push("Connection", "close")
    else if (request.minor === 0) fields.push("Connection", "keep-alive")
  }
  if (answer.status >= 200 || answer.status === 101) fields.push("X-Request-Id", requestId)
  return fields
}
