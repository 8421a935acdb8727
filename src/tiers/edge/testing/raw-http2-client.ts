import net from "node:net"
import type { TestContext } from "node:test"

export type RawFrame = {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

/** The bytes of one frame; `length`: another than the payload has. */
export function frameBytes(
  type: number,
  flags: number,
  stream: number,
  payload: Uint8Array = Buffer.alloc(0),
  length = payload.length,
): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream >>> 0, 5)
  return Buffer.concat([head, payload])
}

/** A block of fields, `[name, value, ...]`, each written out whole: no table, no Huffman code. */
export function blockBytes(fields: readonly string[]): Buffer {
  return Buffer.concat(
    fields.flatMap((text, at) => [...(at % 2 === 0 ? [Buffer.of(0)] : []), stringBytes(text)]),
  )
}

function stringBytes(text: string): Buffer {
  const bytes = Buffer.from(text, "latin1")
  if (bytes.length < 127) return Buffer.concat([Buffer.of(bytes.length), bytes])
  const length: number[] = [127]
  let rest = bytes.length - 127
  for (; rest >= 128; rest >>= 7) length.push((rest & 127) | 128)
  return Buffer.concat([Buffer.of(...length, rest), bytes])
}

export const get = (path: string, ...more: string[]): string[] => [
  ...[":method", "GET", ":scheme", "http", ":authority", "cafe.test", ":path", path],
  ...more,
]

/** A client that sends whatever bytes it is told to, and keeps every frame it gets. */
export class RawHttp2Client {
  readonly socket: net.Socket
  readonly frames: RawFrame[] = []
  closed = false
  /** The first bytes: a server that speaks no HTTP/2 is heard all the same. */
  text = ""
  #rest: Buffer = Buffer.alloc(0)
  #notify = () => {}

  constructor(where: { port: number; host?: string } | { path: string }, t?: Pick<TestContext, "after">) {
    this.socket = net.connect({ noDelay: true, ...where } as net.NetConnectOpts)
    this.socket.on("data", bytes => this.#read(bytes))
    this.socket.on("error", () => {})
    this.socket.once("close", () => {
      this.closed = true
      this.#notify()
    })
    t?.after(() => this.socket.destroy())
  }

  send(...bytes: Uint8Array[]): this {
    this.socket.write(Buffer.concat(bytes))
    return this
  }

  /** The preface and empty SETTINGS. */
  begin(settings: Uint8Array = Buffer.alloc(0)): this {
    return this.send(Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), frameBytes(4, 0, 0, settings))
  }

  request(stream: number, fields: readonly string[], ended = true): this {
    return this.send(frameBytes(1, ended ? 5 : 4, stream, blockBytes(fields)))
  }

  data(stream: number, bytes: Uint8Array, ended = false): this {
    return this.send(frameBytes(0, ended ? 1 : 0, stream, bytes))
  }

  widen(stream: number, step: number): this {
    const payload = Buffer.alloc(4)
    payload.writeUInt32BE(step)
    return this.send(frameBytes(8, 0, stream, payload))
  }

  reset(stream: number, code = 8): this {
    return this.send(frameBytes(3, 0, stream, Buffer.of(0, 0, 0, code)))
  }

  /** The first frame that fits, when it has come; undefined when the connection closes first. */
  async find(fits: (frame: RawFrame) => boolean): Promise<RawFrame | undefined> {
    for (;;) {
      const found = this.frames.find(fits)
      if (found !== undefined || this.closed) return found
      await new Promise<void>(resolve => {
        this.#notify = resolve
      })
    }
  }

  /** All of a stream's DATA so far. */
  body(stream: number): Buffer {
    return Buffer.concat(this.frames.filter(f => f.type === 0 && f.stream === stream).map(f => f.payload))
  }

  #read(bytes: Buffer): void {
    if (this.text.length < 100) this.text += bytes.toString("latin1", 0, 100)
    this.#rest = Buffer.concat([this.#rest, bytes])
    while (this.#rest.length >= 9) {
      const end = 9 + this.#rest.readUIntBE(0, 3)
      if (this.#rest.length < end) break
      const [type = 0, flags = 0] = this.#rest.subarray(3, 5)
      const stream = this.#rest.readUInt32BE(5) & 0x7fff_ffff
      this.frames.push({ type, flags, stream, payload: Buffer.from(this.#rest.subarray(9, end)) })
      this.#rest = this.#rest.subarray(end)
    }
    this.#notify()
  }
}

/** The frame's error: of RST_STREAM or GOAWAY. */
export function errorOf({ type, payload }: RawFrame): number {
  return payload.readUInt32BE(type === 7 ? 4 : 0)
}
