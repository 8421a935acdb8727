import { isFieldName } from "../../../http1/fields.ts"
import { type Fields, fieldValues } from "../../../http1/index.ts"
import { listProperties, platform } from "./platform.ts"

/**
 * The Headers of a request that was received. Asked for a value it looks into the fields as they came; for everything
 * else it makes the platform's own Headers of them, once, and passes on what it is asked.
 */
export class ServedHeaders {
  readonly #fields: Fields
  #whole: Headers | undefined

  constructor(fields: Fields) {
    this.#fields = fields
  }

  get(name: string): string | null {
    const values = this.#find(name)
    if (values === undefined) return this.#headers.get(name)
    if (values.length < 2) return values[0] ?? null
    return values.join(name.toLowerCase() === "cookie" ? "; " : ", ")
  }

  has(name: string): boolean {
    const values = this.#find(name)
    return values === undefined ? this.#headers.has(name) : values.length > 0
  }

  append(name: string, value: string): void {
    this.#headers.append(name, value)
  }

  delete(name: string): void {
    this.#headers.delete(name)
  }

  set(name: string, value: string): void {
    this.#headers.set(name, value)
  }

  getSetCookie(): string[] {
    return this.#headers.getSetCookie()
  }

  keys() {
    return this.#headers.keys()
  }

  values() {
    return this.#headers.values()
  }

  entries() {
    return this.#headers.entries()
  }

  forEach(callback: (value: string, name: string, headers: Headers) => void, thisArg?: unknown): void {
    this.#headers.forEach((value, name) => {
      callback.call(thisArg, value, name, this as unknown as Headers)
    })
  }

  [Symbol.iterator]() {
    return this.entries()
  }

  [Symbol.for("nodejs.util.inspect.custom")](): Headers {
    return this.#headers
  }

  get #headers(): Headers {
    if (this.#whole === undefined) {
      this.#whole = new platform.Headers()
      for (let at = 0; at < this.#fields.length; at += 2)
        this.#whole.append(this.#fields[at]!, this.#fields[at + 1]!)
    }
    return this.#whole
  }

  /** The values as they came; undefined when only the platform's Headers can answer, or refuse the name. */
  #find(name: string): readonly string[] | undefined {
    if (this.#whole !== undefined || typeof name !== "string" || !isFieldName(name)) return undefined
    return fieldValues(this.#fields, name.toLowerCase())
  }
}

Object.setPrototypeOf(ServedHeaders.prototype, platform.Headers.prototype)
listProperties(ServedHeaders)
