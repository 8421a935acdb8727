import { reasonOf, responseHeadText } from "../../http1/index.ts"
import type { Piece } from "../../kit/node/shared-write.ts"
import type { AskedBy } from "./answer-plan.ts"
import { AppResponse } from "./fetch/app-response.ts"

/** Fields that say something of the body or the connection: who sets them has their answer planned. */
const planned: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "date",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authentication-info",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
])

/**
 * The whole answer, for one write, when there is nothing to plan: a body that is there, and fields that only describe
 * it. Undefined for every other one; those take the way of answer-plan.ts and send-answer.ts.
 */
export function plainAnswer(
  response: Response,
  askedBy: AskedBy,
  date: string,
): readonly Piece[] | undefined {
  const plain = AppResponse.plainOf(response)
  if (plain === undefined) return undefined
  const { status, fields } = plain
  let lines = ""
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!
    if (planned.has(name)) return undefined
    lines += `${name}: ${fields[at + 1]}\r\n`
  }
  lines += `date: ${date}\r\n`
  const connection = askedBy.keepAlive ? "connection: keep-alive\r\n" : "connection: close\r\n"
  if (askedBy.method === "HEAD" || status === 204 || status === 304)
    return [responseHeadText(status, reasonOf(status), lines + connection)]
  const body = bytesOf(plain.body)
  lines += `content-length: ${body.length}\r\n${connection}`
  return [responseHeadText(status, reasonOf(status), lines), body]
}

/** A text that is ASCII goes as it is: its characters are its bytes. */
function bytesOf(body: string | Uint8Array | null): Piece {
  if (typeof body !== "string") return body ?? ""
  return Buffer.byteLength(body) === body.length ? body : Buffer.from(body)
}
