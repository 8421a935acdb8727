import { connect, createServer, type Socket } from "node:net"
import { readShared } from "../../src/kit/node/shared-read.ts"

/**
 * What is left when a proxy does nothing but forward, to tell what Node itself costs: one read and one write for each
 * message and side, kept-alive connections behind, a few fields put in. It checks nothing, limits nothing, gives
 * nobody up, knows heads that come whole and bodies by `Content-Length` alone: no proxy to use.
 */
const [port, upstream] = process.argv.slice(2).map(Number) as [number, number]
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024)
const writeBuffer = Buffer.allocUnsafeSlow(64 * 1024)
const idle: BackendConnection[] = []
let requests = 0

class BackendConnection {
  readonly #socket: Socket
  #client: Socket | undefined
  #closes = false
  /** Of the answer's body, still to come. */
  #left = 0

  constructor() {
    const callback = (length: number) => {
      this.#read(readBuffer.subarray(0, length))
      return true
    }
    this.#socket = connect({ port: upstream, noDelay: true, onread: { buffer: readBuffer, callback } })
    this.#socket.on("error", () => {})
  }

  ask(client: Socket, head: string, address: string): void {
    this.#client = client
    this.#closes = head.includes("Connection: close")
    const own = `X-Forwarded-For: ${address}\r\nX-Request-Id: ${requests++}\r\n\r\n`
    const kept = this.#closes ? head.replace("Connection: close\r\n", "") : head
    send(this.#socket, writeBuffer.write(kept.slice(0, -2) + own, "latin1"))
  }

  #read(bytes: Buffer): void {
    if (this.#left > 0) {
      this.#left -= bytes.length
      send(this.#client!, bytes.copy(writeBuffer))
    } else {
      const end = bytes.indexOf("\r\n\r\n") + 4
      const head = bytes.toString("latin1", 0, end)
      this.#left = Number(/content-length: (\d+)/i.exec(head)![1]) - (bytes.length - end)
      const last = this.#closes ? "Connection: close\r\n\r\n" : "\r\n"
      const written = writeBuffer.write(head.slice(0, -2) + last, "latin1")
      bytes.copy(writeBuffer, written, end)
      send(this.#client!, written + bytes.length - end)
    }
    if (this.#left > 0) return
    if (this.#closes) this.#client!.end()
    this.#client = undefined
    idle.push(this)
  }
}

/** What the kernel does not take at once, as before the connection stands, keeps memory of its own. */
function send(socket: Socket, length: number): void {
  const bytes = writeBuffer.subarray(0, length)
  socket.write(socket.connecting ? Buffer.from(bytes) : bytes)
  if (socket.writableLength > 0 && !socket.connecting) throw new Error("more than the kernel takes at once")
}

createServer({ noDelay: true, allowHalfOpen: true }, socket => {
  const address = socket.remoteAddress!
  readShared(socket, bytes => {
    const connection = idle.pop() ?? new BackendConnection()
    connection.ask(socket, bytes.toString("latin1"), address)
  })
  socket.on("error", () => {}).on("end", () => socket.end())
}).listen(port, "127.0.0.1", 4096)
