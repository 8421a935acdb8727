import type { RequestHead } from "../../../http1/index.ts"
import type { RequestBody } from "../request-body.ts"
import type { ClientSignal } from "./client-signal.ts"
import { listProperties, platform } from "./platform.ts"
import { urlOf } from "./request-url.ts"
import { ServedHeaders } from "./served-headers.ts"

/** Methods whose case a Request mends (Fetch section 2.2.1, normalize). */
const mended: ReadonlySet<string> = new Set(["DELETE", "GET", "HEAD", "OPTIONS", "POST", "PUT"])

/**
 * The Request of a fetch handler, made of a head that was received: it costs what is asked of it. URL, fields, signal
 * and a body that is read as a whole are answered from what came; whatever else is asked makes the platform's own
 * Request, once, and passes the question on. `install.ts` teaches the platform's constructors to take it.
 */
export class ServedRequest {
  readonly #head: RequestHead
  readonly #origin: string
  readonly #target: string
  readonly #body: RequestBody | undefined
  readonly #client: ClientSignal
  #url: string | undefined
  #headers: Headers | undefined
  /** The body was read as a whole. */
  #used = false
  #whole: Request | undefined

  /** `target` begins with `/`; `body`: undefined when there is none. */
  constructor(
    head: RequestHead,
    where: { origin: string; target: string },
    body: RequestBody | undefined,
    client: ClientSignal,
  ) {
    this.#head = head
    this.#origin = where.origin
    this.#target = where.target
    this.#body = body
    this.#client = client
  }

  /** The platform's Request where it is one of ours, with the fields as the app has left them; anything else as it is. */
  static unwrapped<Input>(input: Input): Input | Request {
    if (typeof input !== "object" || input === null || !(#head in input)) return input
    const whole = input.#platform()
    if (input.#headers !== undefined) makeAlike(whole.headers, input.#headers)
    return whole
  }

  get method(): string {
    const { method } = this.#head
    const upper = method.toUpperCase()
    return mended.has(upper) ? upper : method
  }

  get url(): string {
    this.#url ??= urlOf(this.#origin, this.#target)
    return this.#url
  }

  get headers(): Headers {
    this.#headers ??= new ServedHeaders(this.#head.fields) as unknown as Headers
    return this.#headers
  }

  get signal(): AbortSignal {
    return this.#client.signal
  }

  get body(): Request["body"] {
    return this.#body === undefined ? null : this.#platform().body
  }

  get bodyUsed(): boolean {
    return this.#whole?.bodyUsed ?? this.#used
  }

  clone(): Request {
    return (ServedRequest.unwrapped(this) as Request).clone()
  }

  text(): Promise<string> {
    return this.#whole?.text() ?? this.#read().then(textOf)
  }

  json(): Promise<unknown> {
    return this.#whole?.json() ?? this.#read().then(bytes => JSON.parse(textOf(bytes)))
  }

  bytes(): Promise<Uint8Array> {
    return this.#whole?.bytes() ?? this.#read().then(bytes => new Uint8Array(bufferOf(bytes)))
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#whole?.arrayBuffer() ?? this.#read().then(bufferOf)
  }

  blob(): Promise<Blob> {
    return (ServedRequest.unwrapped(this) as Request).blob()
  }

  formData(): Promise<FormData> {
    return (ServedRequest.unwrapped(this) as Request).formData()
  }

  [Symbol.for("nodejs.util.inspect.custom")](): Request {
    return this.#platform()
  }

  #read(): Promise<Uint8Array<ArrayBuffer>> {
    if (this.#body === undefined) return Promise.resolve(new Uint8Array())
    if (this.#used) return Promise.reject(new TypeError("Body is unusable: Body has already been read"))
    this.#used = true
    return this.#body.collect()
  }

  #platform(): Request {
    if (this.#whole !== undefined) return this.#whole
    const { fields } = this.#head
    const headers: [string, string][] = []
    for (let at = 0; at < fields.length; at += 2) headers.push([fields[at]!, fields[at + 1]!])
    const init: RequestInit = { method: this.method, headers, signal: this.signal }
    const body = this.#used ? new Uint8Array() : this.#body?.handOver()
    if (body !== undefined) Object.assign(init, { body, duplex: "half" })
    this.#whole = new platform.Request(this.url, init)
    // Used as ours was: whoever asks it for the body is refused as the standard has it.
    if (this.#used) void this.#whole.arrayBuffer()
    return this.#whole
  }

  static {
    // Nobody asks a request that was received for these; the platform knows what to say.
    for (const [name, { get }] of Object.entries(
      Object.getOwnPropertyDescriptors(platform.Request.prototype),
    )) {
      if (get === undefined || Object.hasOwn(ServedRequest.prototype, name)) continue
      Object.defineProperty(ServedRequest.prototype, name, {
        configurable: true,
        get(this: ServedRequest) {
          return get.call(this.#platform())
        },
      })
    }
    Object.setPrototypeOf(ServedRequest.prototype, platform.Request.prototype)
    listProperties(ServedRequest)
  }
}

/** The bytes in a buffer that is theirs alone, without copying where it is so already. */
function bufferOf({ buffer, byteOffset, byteLength }: Uint8Array<ArrayBuffer>): ArrayBuffer {
  return byteLength === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength)
}

/** What is alike stays as it is: a value that was joined of several would be mended if it were given again. */
function makeAlike(headers: Headers, wanted: Headers): void {
  for (const name of new Set([...headers.keys(), ...wanted.keys()])) {
    if (headers.get(name) === wanted.get(name)) continue
    headers.delete(name)
    for (const [each, value] of wanted) if (each === name) headers.append(name, value)
  }
}

/** UTF-8 decode (Encoding section 6): a byte order mark is left out, what is malformed becomes U+FFFD. */
function textOf(bytes: Uint8Array): string {
  const marked = bytes.length >= 3 && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8", marked ? 3 : 0)
}
