/**
 * A second reading of HTTP/1.1, to judge the first by: written from the grammar of RFC 9110 and 9112 alone, over whole
 * byte strings, and sharing nothing with src/http1. Slow, small, and strict: what the grammar does not produce is not
 * read. Where the standard leaves a choice between reading and refusing, it reads, so that a front door which forwards
 * only what this reader reads, and reads it alike, leaves no room for two opinions.
 */
export type ReadRequest = {
  readonly method: string
  readonly target: string
  readonly minor: number
  /** Names in lower case. */
  readonly fields: ReadonlyArray<readonly [name: string, value: string]>
  readonly body: string
  readonly trailers: ReadonlyArray<readonly [name: string, value: string]>
}

export type ReadAnswer = Omit<ReadRequest, "method" | "target"> & { readonly status: number }

export type Reading<Message> = {
  readonly messages: readonly Message[]
  /** `whole`: nothing is left over. `partial`: the bytes end inside a message. Else what broke the grammar. */
  readonly rest: string
  /** What is left over. */
  readonly unread: string
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
const quoted = '"(?:[\\t !#-\\[\\]-~\\x80-\\xff]|\\\\[\\t -~\\x80-\\xff])*"'
const requestLine = new RegExp(`^(${token}) ([!-~]+) HTTP/1\\.([01])$`)
const statusLine = /^HTTP\/1\.([01]) ([1-9]\d\d) ([\t -~\x80-\xff]*)$/
const fieldLine = new RegExp(
  `^(${token}):[\\t ]*((?:[!-~\\x80-\\xff](?:[\\t -~\\x80-\\xff]*[!-~\\x80-\\xff])?)?)[\\t ]*$`,
)
const chunkLine = new RegExp(
  `^([0-9A-Fa-f]+)(?:[\\t ]*;[\\t ]*${token}(?:[\\t ]*=[\\t ]*(?:${token}|${quoted}))?)*[\\t ]*$`,
)

class Malformed extends Error {}
class Partial extends Error {}

/** The requests of one direction of a connection. Empty lines before a request line are passed over (section 2.2). */
export function readRequests(bytes: string): Reading<ReadRequest> {
  return readAll(bytes, cursor => {
    cursor.skipEmptyLines()
    const line = cursor.line()
    const [, method, target, minor] = requestLine.exec(line) ?? bad(`request line ${JSON.stringify(line)}`)
    const fields = cursor.fields()
    const hosts = valuesOf(fields, "host")
    if (hosts.length > 1 || (hosts.length === 0 && minor === "1")) bad(`${hosts.length} Host fields`)
    const message = { method: method!, target: target!, minor: Number(minor), fields }
    return { ...message, ...readBody(cursor, fields, Number(minor), "none") }
  })
}

/** The answers to requests with the given methods; interim ones stand in the list too. */
export function readAnswers(bytes: string, methods: readonly string[]): Reading<ReadAnswer> {
  let answered = 0
  return readAll(bytes, cursor => {
    const line = cursor.line()
    const [, minor, digits] = statusLine.exec(line) ?? bad(`status line ${JSON.stringify(line)}`)
    const fields = cursor.fields()
    const status = Number(digits)
    const method = methods[answered] ?? bad("an answer to no request")
    if (status >= 200) answered++
    const bodiless = method === "HEAD" || status < 200 || status === 204 || status === 304
    const body = bodiless
      ? { body: "", trailers: [] }
      : readBody(cursor, fields, Number(minor), "until-close")
    return { status, minor: Number(minor), fields, ...body }
  })
}

/** What a proxy sends on for a target in absolute-form (RFC 9112 sections 3.2.1, 3.2.2 and 3.2.4). */
export function originOf(method: string, target: string): string {
  const [absolute, rest] = /^https?:\/\/[^/?]*(.*)$/i.exec(target) ?? []
  if (absolute === undefined) return target
  if (rest === "") return method === "OPTIONS" ? "*" : "/"
  return rest!.startsWith("/") ? rest! : `/${rest}`
}

/** All values of a field; `name` in lower case. */
export function valuesOf(fields: ReadRequest["fields"], name: string): string[] {
  return fields.filter(field => field[0] === name).map(field => field[1])
}

function readAll<Message>(bytes: string, read: (cursor: Cursor) => Message): Reading<Message> {
  const cursor = new Cursor(bytes)
  const messages: Message[] = []
  let unread = bytes
  while (unread !== "") {
    try {
      messages.push(read(cursor))
      unread = cursor.ahead
    } catch (error) {
      if (error instanceof Partial) return { messages, rest: "partial", unread }
      if (error instanceof Malformed) return { messages, rest: error.message, unread }
      throw error
    }
  }
  return { messages, rest: "whole", unread }
}

/** RFC 9112 section 6.3. */
function readBody(
  cursor: Cursor,
  fields: ReadRequest["fields"],
  minor: number,
  otherwise: "none" | "until-close",
): Pick<ReadRequest, "body" | "trailers"> {
  const lengths = valuesOf(fields, "content-length")
  const codings = valuesOf(fields, "transfer-encoding")
  if (codings.length > 0) {
    if (lengths.length > 0) bad("both Content-Length and Transfer-Encoding")
    if (minor === 0) bad("Transfer-Encoding in HTTP/1.0")
    if (codings.length > 1 || !/^chunked$/i.test(codings[0]!)) bad(`transfer coding ${codings}`)
    return readChunks(cursor)
  }
  if (lengths.length > 0) {
    if (lengths.length > 1 || !/^\d+$/.test(lengths[0]!)) bad(`Content-Length ${lengths}`)
    return { body: cursor.take(Number(lengths[0])), trailers: [] }
  }
  return { body: otherwise === "none" ? "" : cursor.takeRest(), trailers: [] }
}

function readChunks(cursor: Cursor): Pick<ReadRequest, "body" | "trailers"> {
  let body = ""
  for (;;) {
    const line = cursor.line()
    const [, digits] = chunkLine.exec(line) ?? bad(`chunk line ${JSON.stringify(line)}`)
    const size = Number.parseInt(digits!, 16)
    if (size === 0) return { body, trailers: cursor.fields() }
    body += cursor.take(size)
    if (cursor.take(2) !== "\r\n") bad("a chunk's data does not end with CRLF")
  }
}

class Cursor {
  readonly #bytes: string
  #at = 0

  constructor(bytes: string) {
    this.#bytes = bytes
  }

  get ahead(): string {
    return this.#bytes.slice(this.#at)
  }

  skipEmptyLines(): void {
    while (this.#bytes.startsWith("\r\n", this.#at)) this.#at += 2
  }

  /** Up to CRLF. A line that is broken already need not have its end. */
  line(): string {
    const end = this.#bytes.indexOf("\r\n", this.#at)
    const text = this.#bytes.slice(this.#at, end === -1 ? undefined : end)
    const broken = /[^\t -~\x80-\xff]/.exec(end === -1 ? text.replace(/\r$/, "") : text)
    if (broken !== null) bad(`byte ${broken[0].charCodeAt(0)} in a line`)
    if (end === -1) throw new Partial()
    this.#at = end + 2
    return text
  }

  fields(): Array<readonly [string, string]> {
    const fields: Array<readonly [string, string]> = []
    for (let line = this.line(); line !== ""; line = this.line()) {
      const [, name, value] = fieldLine.exec(line) ?? bad(`field line ${JSON.stringify(line)}`)
      fields.push([name!.toLowerCase(), value!])
    }
    return fields
  }

  take(length: number): string {
    if (this.#at + length > this.#bytes.length) throw new Partial()
    return this.#bytes.slice(this.#at, (this.#at += length))
  }

  takeRest(): string {
    return this.take(this.#bytes.length - this.#at)
  }
}

function bad(what: string): never {
  throw new Malformed(what)
}
