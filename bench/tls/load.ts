import { connect, type TLSSocket } from "node:tls"
import { bodyBytes } from "../edge/messages.ts"

/**
 * Closed-loop load over TLS 1.3: each of `connections` clients asks again when the last answer is whole, on the same
 * connection (`kept`), or on a new one for each request, with a whole handshake (`new`) or from a session (`resumed`).
 * Prints what was done as JSON.
 */
const [port, connections, durationMs] = process.argv.slice(2).map(Number) as [number, number, number]
const mode = process.argv[5] as "new" | "resumed" | "kept"
const close = mode === "kept" ? "" : "Connection: close\r\n"
const request = `GET /api/cafes?lat=40.7&lon=-74 HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: bench\r\n${close}\r\n`
/**
 * Both sides shake the same hands: left to themselves, our OpenSSL and the load's agree on X25519MLKEM768, whose second
 * key exchange (against computers to come) HAProxy's OpenSSL does not know.
 */
const ecdhCurve = "X25519"

let requests = 0
let failed = 0
let resumed = 0
let stop = false

/** One connection; resolves with the newest session when it is over. */
function connection(session: Buffer | undefined): Promise<Buffer | undefined> {
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>()
  const offered = mode === "resumed" && session !== undefined ? { session } : {}
  const socket: TLSSocket = connect({
    port,
    host: "127.0.0.1",
    rejectUnauthorized: false,
    ecdhCurve,
    ...offered,
  })
  let newest = session
  let text = ""
  socket.setEncoding("latin1")
  socket.on("session", given => {
    newest = given
  })
  socket.once("secureConnect", () => {
    if (socket.isSessionReused()) resumed++
    socket.write(request)
  })
  socket.on("data", piece => {
    text += piece
    const end = text.indexOf("\r\n\r\n")
    if (end === -1 || text.length < end + 4 + bodyBytes) return
    if (!text.startsWith("HTTP/1.1 200")) failed++
    text = ""
    requests++
    if (stop || mode !== "kept") socket.end()
    else socket.write(request)
  })
  socket.once("error", () => failed++)
  socket.once("close", () => resolve(newest))
  return promise
}

async function client(): Promise<void> {
  let session: Buffer | undefined
  while (!stop) session = await connection(session)
}

setTimeout(() => {
  stop = true
}, durationMs)
await Promise.all(Array.from({ length: connections }, client))
process.stdout.write(JSON.stringify({ requests, failed, resumed }))
