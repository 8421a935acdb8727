import type { IncomingMessage } from "node:http"
import type { Socket } from "node:net"
import { type RawData, type ServerOptions, type WebSocket, WebSocketServer } from "ws"
import { fieldValue, fieldValues, type RequestHead } from "../../http1/index.ts"
import { messageOf } from "../../kit/errors.ts"
import type { WebSocketHandlers, WebSocketPeer } from "./web.ts"
import { errorResponse, webError } from "./web-errors.ts"

/** A message larger than this ends its WebSocket with 1009. */
const maxMessageBytes = 1024 * 1024
/** How long the peer may take to answer a close frame before the connection is cut. */
const closeTimeoutMs = 2000

const closeCodes = { leaving: 1001, failed: 1011 } as const

// `closeTimeout` is not in the published types yet.
const settings: ServerOptions & { closeTimeout: number } = {
  noServer: true,
  clientTracking: false,
  perMessageDeflate: false,
  maxPayload: maxMessageBytes,
  closeTimeout: closeTimeoutMs,
}
const protocol = new WebSocketServer(settings)

/** What is wrong with a handshake (RFC 6455 section 4.2.1), as the answer to give; undefined when nothing is. */
export function refuseHandshake(head: RequestHead): Response | undefined {
  const keys = fieldValues(head.fields, "sec-websocket-key")
  const reason =
    fieldValue(head.fields, "sec-websocket-version") !== "13"
      ? "the version is not 13"
      : keys.length !== 1 || !/^[+/0-9A-Za-z]{22}==$/.test(keys[0]!)
        ? "the key is not 16 bytes in base64"
        : undefined
  if (reason === undefined) return undefined
  const { code, message } = webError("BN2109", { reason })
  const response = errorResponse(426, code, message)
  response.headers.set("sec-websocket-version", "13")
  response.headers.set("upgrade", "websocket")
  return response
}

export type AcceptedSocket = {
  /** Ends it with 1001 (going away). */
  leave(): void
  cut(): void
}

export type SocketHooks = {
  onClose(): void
  /** An app's handler threw; the WebSocket is being closed with 1011. */
  onError(error: unknown, handler: string): void
}

/** Completes the handshake and joins the WebSocket to the app's handlers. `ahead`: bytes behind the request's head. */
export function acceptWebSocket(
  socket: Socket,
  head: RequestHead,
  ahead: Buffer,
  handlers: WebSocketHandlers,
  hooks: SocketHooks,
): AcceptedSocket {
  const accepted: { webSocket?: WebSocket } = {}
  socket.once("close", hooks.onClose)
  protocol.handleUpgrade(asIncomingMessage(head, socket), socket, ahead, webSocket => {
    accepted.webSocket = webSocket
    join(webSocket, handlers, hooks)
  })
  return {
    leave: () => accepted.webSocket?.close(closeCodes.leaving, "the instance is leaving"),
    cut: () => socket.destroy(),
  }
}

function join(webSocket: WebSocket, handlers: WebSocketHandlers, hooks: SocketHooks): void {
  const guarded = (handler: string, call: () => unknown) => {
    const failed = (error: unknown) => {
      hooks.onError(error, handler)
      webSocket.close(closeCodes.failed, "the service failed")
    }
    try {
      const result = call()
      if (result instanceof Promise) result.catch(failed)
    } catch (error) {
      failed(error)
    }
  }
  const peer = peerOf(webSocket)
  webSocket.on("message", (data: RawData, isBinary: boolean) => {
    guarded("message", () => handlers.message?.(peer, isBinary ? (data as Buffer) : data.toString()))
  })
  webSocket.on("close", (code: number, reason: Buffer) => {
    guarded("close", () => handlers.close?.(code, reason.toString()))
  })
  // A peer that breaks the protocol: ws closes with the fitting code, and "close" follows.
  webSocket.on("error", () => {})
  guarded("open", () => handlers.open?.(peer))
}

function peerOf(webSocket: WebSocket): WebSocketPeer {
  return {
    // With a callback ws reports a WebSocket that is closing by now there, instead of throwing into the app.
    send: data => webSocket.send(data, () => {}),
    close: (code, reason) => webSocket.close(code, reason),
    get bufferedBytes() {
      return webSocket.bufferedAmount
    },
  }
}

/** ws expects node's own request; these are the parts it looks at. */
function asIncomingMessage({ method, target, fields }: RequestHead, socket: Socket): IncomingMessage {
  const headers: Record<string, string> = {}
  for (let at = 0; at < fields.length; at += 2) {
    const name = fields[at]!.toLowerCase()
    headers[name] = headers[name] === undefined ? fields[at + 1]! : `${headers[name]}, ${fields[at + 1]}`
  }
  return { method, url: target, headers, socket } as unknown as IncomingMessage
}

export function handlerFailed(
  error: unknown,
  handler: string,
  target: string,
): { code: string; message: string } {
  return webError("BN2110", { target, handler, reason: messageOf(error) })
}
