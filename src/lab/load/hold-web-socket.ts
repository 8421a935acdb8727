import { WebSocket } from "ws"
import { authorityOf } from "./load-connection.ts"
import { onAbort, type ProbeOptions, type StreamEnd, type StreamReport } from "./stream-probe.ts"

/** Opens a WebSocket and holds it until the server ends it or the signal does. Never rejects. */
export function holdWebSocket(
  options: ProbeOptions & { readonly onMessage?: (data: string, send: (data: string) => void) => void },
  signal?: AbortSignal,
): Promise<StreamReport> {
  const { target, path, fields = [], onMessage } = options
  const authority = authorityOf(target)
  const startMs = performance.now()
  const headers: Record<string, string> = { Origin: `http://${authority}` }
  for (let at = 0; at < fields.length; at += 2) headers[fields[at]!] = fields[at + 1]!
  const socket = new WebSocket(`ws://${authority}${path}`, { headers, perMessageDeflate: false })
  let opened = false
  let status = 0
  let messages = 0
  let failure = ""
  let stopped = false
  socket.on("open", () => {
    opened = true
    status = 101
  })
  socket.on("message", data => {
    messages++
    onMessage?.(data.toString(), text => socket.send(text))
  })
  socket.on("unexpected-response", (_request, response) => {
    status = response.statusCode ?? 0
    response.destroy()
    socket.terminate()
  })
  socket.on("error", (error: NodeJS.ErrnoException) => {
    failure = error.code ?? error.message
  })
  onAbort(signal, () => {
    stopped = true
    socket.terminate()
  })
  return new Promise(resolve => {
    socket.on("close", (code, reason) => {
      resolve({
        kind: "websocket",
        opened,
        status,
        messages,
        heldMs: Math.round(performance.now() - startMs),
        end: endOf({ stopped, opened, status, code, failure }),
        detail: failure,
        closeCode: code,
        closeReason: reason.toString(),
      })
    })
  })
}

/** 1006 is no code a server sends: the connection ended without a close frame. */
function endOf(seen: {
  stopped: boolean
  opened: boolean
  status: number
  code: number
  failure: string
}): StreamEnd {
  if (seen.stopped) return "stopped"
  if (!seen.opened) return seen.status > 0 ? "status" : seen.failure === "ECONNRESET" ? "reset" : "refused"
  if (seen.failure.startsWith("WS_ERR")) return "framing"
  if (seen.code !== 1006) return "clean"
  return seen.failure === "" ? "cut" : "reset"
}
