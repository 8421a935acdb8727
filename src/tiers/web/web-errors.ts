import { defineErrors } from "../../kit/errors.ts"

/** `status` is what a client is answered with, where one waits for an answer. */
export const webError = defineErrors({
  BN2101: {
    fault: "system",
    status: 500,
    say: d => `${d.method} ${d.target}: the app failed to answer: ${d.reason}`,
    todo: "The log of the instance has the stack under the request's id: npx banyan logs.",
  },
  BN2102: {
    fault: "user",
    status: 500,
    say: d => `${d.method} ${d.target}: the app's fetch returned ${d.returned}, which is no Response`,
    todo: "Return a Response (or a promise of one) from every path of the app's fetch, for example new Response(null, { status: 204 }).",
  },
  BN2103: {
    fault: "system",
    status: 500,
    say: d => `${d.method} ${d.target}: the body of the app's response broke off: ${d.reason}`,
    todo: "The connection was cut, so that the client sees it is not whole. Mend the stream the app answers with; its content-length, if set, must be its length.",
  },
  BN2104: {
    fault: "user",
    status: 500,
    say: d => `${d.address}: the web role cannot listen: ${d.reason}`,
    todo: "Look whether another instance of this id runs (npx banyan status) and whether the folder may be written.",
  },
  BN2105: {
    fault: "user",
    status: 501,
    say: d => `the method ${d.method} is not served by apps`,
    todo: "Use another method; CONNECT, TRACE and TRACK have no place in the fetch contract.",
  },
  BN2106: {
    fault: "user",
    status: 400,
    say: d => `the Host ${d.host} and the target ${d.target} are no URL`,
    todo: "Send a Host that is a name or an address.",
  },
  BN2107: {
    fault: "user",
    status: 408,
    say: d => `the head of the request took longer than ${d.limitMs} ms`,
    todo: "Send the head at once; open a new connection, this one is closed.",
  },
  BN2108: {
    fault: "system",
    status: 503,
    say: d => `${d.id} is leaving and opens no more streams`,
    todo: "Connect again; another instance answers.",
  },
  BN2109: {
    fault: "user",
    status: 426,
    say: d => `the WebSocket handshake is malformed: ${d.reason}`,
    todo: "Send Sec-WebSocket-Version: 13 and a Sec-WebSocket-Key of 16 bytes in base64 (RFC 6455 section 4.1).",
  },
  BN2110: {
    fault: "system",
    status: 500,
    say: d => `${d.target}: the app's WebSocket handler \`${d.handler}\` threw: ${d.reason}`,
    todo: "The WebSocket was closed with 1011. The log of the instance has the stack.",
  },
})

/** What a client is told: never what went wrong inside. */
export function errorResponse(status: number, code: string, message: string): Response {
  return Response.json({ error: { code, message } }, { status, headers: { "cache-control": "no-store" } })
}
