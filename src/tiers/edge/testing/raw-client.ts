import net from "node:net"
import type { TestContext } from "node:test"
import { createResponseParser, type Fields, fieldValue, type ResponseHead } from "../../../http1/index.ts"

export type Answer = {
  status: number
  fields: Fields
  body: Buffer
  trailers: Fields
  interim: number[]
  header(name: string): string | undefined
}

/** A client that shows every byte: it never retries, and tells an end from a reset. */
export class RawClient {
  readonly socket: net.Socket
  received = Buffer.alloc(0)
  ended = false
  reset = false
  closed: Promise<void>
  #notify = () => {}

  constructor(port: number, t?: TestContext, host = "127.0.0.1") {
    this.socket = net.connect({ port, host, noDelay: true })
    this.socket.on("data", bytes => {
      this.received = Buffer.concat([this.received, bytes])
      this.#notify()
    })
    this.socket.once("end", () => {
      this.ended = true
      this.#notify()
    })
    this.socket.on("error", () => {
      this.reset = true
    })
    this.closed = new Promise(resolve => this.socket.once("close", () => resolve()))
    this.socket.once("close", () => this.#notify())
    t?.after(() => this.socket.destroy())
  }

  send(text: string | Uint8Array): this {
    this.socket.write(text)
    return this
  }

  /** Reads one answer to a request with `method`; rejects when the connection ends before it is whole. */
  async answer(method = "GET"): Promise<Answer> {
    const pieces: Buffer[] = []
    const answer = { status: 0, interim: [] as number[], trailers: [] as Fields, fields: [] as Fields }
    let ended = false
    const parser = createResponseParser({
      head: (head: ResponseHead) => {
        if (head.status < 200 && head.status !== 101) answer.interim.push(head.status)
        else {
          answer.status = head.status
          answer.fields = head.fields
          if (head.status === 101) ended = true
        }
      },
      body: bytes => pieces.push(Buffer.from(bytes)),
      trailers: fields => {
        answer.trailers = fields
      },
      end: () => {
        ended ||= answer.status !== 0
      },
    })
    parser.expect(method)
    for (;;) {
      while (this.received.length > 0 && !ended) {
        const bytes = this.received
        this.received = Buffer.alloc(0)
        const taken = parser.push(bytes)
        this.received = bytes.subarray(taken)
        if (taken === 0) break
      }
      if (ended) break
      if (this.ended || this.socket.destroyed) {
        if (this.reset) throw new Error("reset")
        if (answer.status === 0) throw new Error("ended before an answer")
        parser.eof()
        break
      }
      await new Promise<void>(resolve => {
        this.#notify = resolve
      })
    }
    return { ...answer, body: Buffer.concat(pieces), header: name => fieldValue(answer.fields, name) }
  }

  get(target: string, fields = ""): Promise<Answer> {
    return this.send(`GET ${target} HTTP/1.1\r\nHost: cafe.test\r\n${fields}\r\n`).answer()
  }
}
