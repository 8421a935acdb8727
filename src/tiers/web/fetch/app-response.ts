import { isFieldText } from "../../../http1/characters.ts"
import { isFieldName, lowerName } from "../../../http1/fields.ts"
import type { Fields } from "../../../http1/index.ts"
import { platform, standInFor } from "./platform.ts"

/** A body that is there at once and whole. */
export type PlainBody = string | Uint8Array | null

export type PlainResponse = { readonly status: number; readonly fields: Fields; readonly body: PlainBody }

type BodyGiven = ConstructorParameters<typeof Response>[0]

/** The platform's Response with the accessors it has; its types tell of properties, and those cannot be overridden. */
declare class ResponseWithAccessors {
  constructor(body?: BodyGiven, init?: ResponseInit)
  get type(): Response["type"]
  get url(): string
  get redirected(): boolean
  get status(): number
  get ok(): boolean
  get statusText(): string
  get headers(): Headers
  get body(): Response["body"]
  get bodyUsed(): boolean
  clone(): Response
  text(): Promise<string>
  json(): Promise<unknown>
  bytes(): ReturnType<Response["bytes"]>
  arrayBuffer(): Promise<ArrayBuffer>
  blob(): ReturnType<Response["blob"]>
  formData(): ReturnType<Response["formData"]>
  static error(): Response
  static redirect(url: string | URL, status?: number): Response
  static json(data: unknown, init?: ResponseInit): Response
}
const PlatformResponse = platform.Response as unknown as typeof ResponseWithAccessors

/** What a Response says of a text whose type it is not told (Fetch section 5.2, extract a body). */
const textType = "text/plain;charset=UTF-8"
const jsonType = "application/json"

/** Statuses with which a body is refused (Fetch section 2.2.3, null body status). */
const bodiless: ReadonlySet<number> = new Set([204, 205, 304])

/**
 * The platform's Response, but that a text or bytes stay what they are: the platform would make a stream of them, and
 * whoever sends the answer would have to read it out again. Fields stay a list until someone asks for Headers. It is a
 * Response of the platform in every other way, and lets it judge whatever is not plain.
 */
export class AppResponse extends PlatformResponse {
  /** Undefined when the platform has the body. */
  #plain: PlainBody | undefined
  /** Undefined when the platform has the fields. */
  #fields: string[] | undefined
  /** Has the body once someone asked this one for it. */
  #whole: Response | undefined

  /** `type`, which only `json` gives: of a text, unless its fields tell. */
  constructor(body: BodyGiven = null, init: ResponseInit = {}, type = textType) {
    const plain = plainBody(body)
    const fields = plain === undefined ? undefined : plainFields(init)
    if (plain === undefined) super(body, init)
    else super(null, fields === undefined ? init : statusOf(init ?? {}))
    this.#plain = plain
    this.#fields = fields
    if (plain === undefined || plain === null) return
    // Throws as the standard has it.
    if (bodiless.has(this.status)) new platform.Response("", init)
    if (typeof plain !== "string") return
    if (fields === undefined) {
      if (!super.headers.has("content-type")) super.headers.append("content-type", type)
    } else if (!fields.some((field, at) => at % 2 === 0 && field === "content-type")) {
      fields.push("content-type", type)
    }
  }

  static override json(data: unknown, init?: ResponseInit): Response {
    const text = JSON.stringify(data)
    return text === undefined ? platform.Response.json(data, init) : new AppResponse(text, init, jsonType)
  }

  /** How to send it, when its body is still as it was given. */
  static plainOf(response: object): PlainResponse | undefined {
    if (!(#plain in response) || response.#plain === undefined) return undefined
    const fields = response.#fields ?? sendable(response.headers)
    return fields && { status: response.status, fields, body: response.#plain }
  }

  override get headers(): Headers {
    const headers = super.headers
    const fields = this.#fields
    if (fields !== undefined) {
      this.#fields = undefined
      for (let at = 0; at < fields.length; at += 2) headers.append(fields[at]!, fields[at + 1]!)
    }
    return headers
  }

  override get body(): Response["body"] {
    return this.#bodyHolder()?.body ?? super.body
  }

  override get bodyUsed(): boolean {
    return this.#whole?.bodyUsed ?? super.bodyUsed
  }

  override clone(): Response {
    const plain = this.#plain
    if (plain !== undefined) return new AppResponse(plain, { ...this.#init(), headers: this.headers })
    const holder = this.#whole
    return holder === undefined ? super.clone() : new AppResponse(holder.clone().body, this.#init())
  }

  override text(): Promise<string> {
    return this.#bodyHolder()?.text() ?? super.text()
  }

  override json(): Promise<unknown> {
    return this.#bodyHolder()?.json() ?? super.json()
  }

  override bytes(): ReturnType<Response["bytes"]> {
    return this.#bodyHolder()?.bytes() ?? super.bytes()
  }

  override arrayBuffer(): Promise<ArrayBuffer> {
    return this.#bodyHolder()?.arrayBuffer() ?? super.arrayBuffer()
  }

  override blob(): ReturnType<Response["blob"]> {
    return this.#bodyHolder()?.blob() ?? super.blob()
  }

  override formData(): ReturnType<Response["formData"]> {
    return this.#bodyHolder()?.formData() ?? super.formData()
  }

  #init(): ResponseInit {
    return { status: this.status, statusText: this.statusText, headers: this.headers }
  }

  /** The platform's Response that has the body, when this one has none of its own. */
  #bodyHolder(): Response | undefined {
    const plain = this.#plain
    if (plain !== undefined && plain !== null) {
      this.#whole = new platform.Response(plain as BodyGiven, this.#init())
      this.#plain = undefined
    }
    return this.#whole
  }
}

standInFor(platform.Response, AppResponse)

/** Undefined when a value holds a control character, which Headers allow and a message does not. */
function sendable(headers: Headers): Fields | undefined {
  const fields = [...headers].flat()
  return fields.every(isFieldText) ? fields : undefined
}

function plainBody(body: unknown): PlainBody | undefined {
  if (typeof body === "string" || body === null) return body
  // A copy, as the standard has it: what the app does to its bytes afterwards changes no answer.
  if (body instanceof Uint8Array && body.buffer instanceof ArrayBuffer && !body.buffer.resizable)
    return new Uint8Array(body)
  return undefined
}

function statusOf(init: ResponseInit): ResponseInit | undefined {
  const { status, statusText } = init
  if (status === undefined && statusText === undefined) return undefined
  return { ...(status !== undefined && { status }), ...(statusText !== undefined && { statusText }) }
}

/** Fields given as a plain object of texts that need no mending, names in lower case; undefined for anything else. */
function plainFields(init: ResponseInit | null): string[] | undefined {
  if (typeof init !== "object") return undefined
  const headers = init?.headers
  if (headers === undefined) return []
  if (typeof headers !== "object" || headers === null) return undefined
  if (Object.getPrototypeOf(headers) !== Object.prototype) return undefined
  const fields: string[] = []
  for (const name of Object.keys(headers)) {
    const value: unknown = (headers as Record<string, unknown>)[name]
    if (typeof value !== "string" || !isFieldName(name) || !isFieldText(value) || value.trim() !== value)
      return undefined
    fields.push(lowerName(name), value)
  }
  return Object.getOwnPropertySymbols(headers).length === 0 ? fields : undefined
}
