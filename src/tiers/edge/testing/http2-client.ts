import { once } from "node:events"
import http2 from "node:http2"
import type { TestContext } from "node:test"

/** A client by others (nghttp2), with prior knowledge. */
export function connect(t: TestContext, port: number): http2.ClientHttp2Session {
  const session = http2.connect(`http://127.0.0.1:${port}`)
  session.on("error", () => {})
  t.after(() => session.destroy())
  return session
}

export type Http2Answer = {
  readonly headers: http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader
  readonly interim: ReadonlyArray<http2.IncomingHttpHeaders & http2.IncomingHttpStatusHeader>
  readonly trailers: http2.IncomingHttpHeaders
  readonly body: Buffer
}

/** One request and its whole answer; rejects when the stream is reset. */
export async function request(
  session: http2.ClientHttp2Session,
  headers: http2.OutgoingHttpHeaders,
  body?: string | Uint8Array,
  trailers?: http2.OutgoingHttpHeaders,
): Promise<Http2Answer> {
  const stream = session.request(headers, {
    endStream: body === undefined,
    waitForTrailers: trailers !== undefined,
  })
  const answer = { headers: {}, interim: [] as http2.IncomingHttpHeaders[], trailers: {} }
  const pieces: Buffer[] = []
  stream.on("response", head => {
    answer.headers = head
  })
  stream.on("headers", head => answer.interim.push(head))
  stream.on("trailers", fields => {
    answer.trailers = fields
  })
  stream.on("data", piece => pieces.push(piece))
  stream.once("wantTrailers", () => stream.sendTrailers(trailers!))
  if (body !== undefined) stream.end(body)
  await once(stream, "end")
  return { ...answer, body: Buffer.concat(pieces) }
}
