import { isFieldText } from "../../http1/characters.ts"
import { type BodyFraming, connectionTokens, endToEndFields, type Fields } from "../../http1/index.ts"
import { isEventStream } from "../streams/event-stream.ts"

/** A body up to this size that is there at once is sent with its length, in one piece with the head. */
const maxAheadBytes = 64 * 1024

export type AskedBy = { readonly method: string; readonly minor: 0 | 1; readonly keepAlive: boolean }

/** How an answer will be written. Nothing has been written yet: whoever fails up to here can still say 500. */
export type AnswerPlan = {
  readonly status: number
  readonly fields: Fields
  readonly framing: BodyFraming
  /** Whether the connection lives on behind it. */
  readonly keepAlive: boolean
  readonly isEventStream: boolean
  /** What was read of the body already. */
  readonly ahead: readonly Uint8Array[]
  /** The rest of the body; undefined when `ahead` is all of it. */
  readonly rest: BodyReader | undefined
}

type ReadResult = Awaited<ReturnType<ReadableStreamDefaultReader<Uint8Array>["read"]>>

/** A reader whose next read may have been begun already. */
export type BodyReader = {
  read(): Promise<ReadResult>
  /** Ends a read that waits, and tells the app's stream. */
  cancel(reason?: unknown): void
}

/** Throws what the app's body throws before its first byte. */
export async function planAnswer(response: Response, askedBy: AskedBy): Promise<AnswerPlan> {
  const { status, headers, body } = response
  const received = [...headers].flat()
  checkFields(received)
  const fields = endToEndFields(received)
  const wantsClose = connectionTokens(received).includes("close")
  const plan = { status, fields, ahead: [], rest: undefined, isEventStream: false }
  const keepAlive = askedBy.keepAlive && !wantsClose

  const declared = lengthIn(headers)
  if (askedBy.method === "HEAD" || status === 204 || status === 304) {
    body?.cancel().catch(() => {})
    const tellsLength = status !== 204 && declared !== undefined
    return {
      ...plan,
      fields: tellsLength ? fields : without(fields, "content-length"),
      framing: none,
      keepAlive,
    }
  }
  const plain = without(fields, "content-length")
  if (body === null) return { ...plan, fields: plain, framing: lengthOf(0), keepAlive }

  const reader = body.getReader()
  if (declared !== undefined) {
    return { ...plan, fields: plain, framing: lengthOf(declared), keepAlive, rest: plainReader(reader) }
  }
  const streaming = isEventStream(name => headers.get(name))
  const { ahead, bytes, rest } = streaming
    ? { ahead: [], bytes: 0, rest: plainReader(reader) }
    : await readAhead(reader)
  if (rest === undefined) return { ...plan, fields: plain, framing: lengthOf(bytes), keepAlive, ahead }
  // Who speaks HTTP/1.0 knows no chunks: the end of the connection is the end of the body.
  const chunked = askedBy.minor === 1
  return {
    ...plan,
    fields: plain,
    framing: chunked ? { kind: "chunked" } : { kind: "until-close" },
    keepAlive: keepAlive && chunked,
    isEventStream: streaming,
    ahead,
    rest,
  }
}

/** Headers allow control characters that a message does not (RFC 9110 section 5.5). */
function checkFields(fields: Fields): void {
  const at = fields.findIndex(text => !isFieldText(text))
  if (at !== -1) throw new TypeError(`the field ${fields[at - (at % 2)]} holds a control character`)
}

const none: BodyFraming = { kind: "none" }

function lengthOf(length: number): BodyFraming {
  return { kind: "length", length }
}

/** A length that is not a plain number is no promise to hold the app to; its body is measured instead. */
function lengthIn(headers: Headers): number | undefined {
  const value = headers.get("content-length")
  return value !== null && /^\d{1,15}$/.test(value) ? Number(value) : undefined
}

function without(fields: Fields, name: string): Fields {
  const at = fields.findIndex((field, index) => index % 2 === 0 && field === name)
  return at === -1 ? fields : fields.toSpliced(at, 2)
}

type Ahead = { ahead: Uint8Array[]; bytes: number; rest: BodyReader | undefined }

/**
 * Reads as long as reading takes no waiting. A body made of a string or of bytes is a stream like any other and tells
 * its length to nobody; but it is there at once, and its end right behind it.
 */
async function readAhead(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Ahead> {
  const ahead: Uint8Array[] = []
  let bytes = 0
  try {
    while (bytes < maxAheadBytes) {
      const pending = reader.read()
      const result = await atOnce(pending)
      if (result === undefined) return { ahead, bytes, rest: plainReader(reader, pending) }
      if (result.done) return { ahead, bytes, rest: undefined }
      const chunk = bytesIn(result.value)
      ahead.push(chunk)
      bytes += chunk.length
    }
  } catch (error) {
    reader.cancel(error).catch(() => {})
    throw error
  }
  return { ahead, bytes, rest: plainReader(reader) }
}

/** A stream may hold anything, but only bytes can be sent: of a text it would have to be guessed how. */
export function bytesIn(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  throw new TypeError(`a body is made of bytes, not of ${typeof chunk}`)
}

/** Turns of the microtask queue after which a result that has not come is one to wait for. */
const patienceTurns = 8

async function atOnce(pending: Promise<ReadResult>): Promise<ReadResult | undefined> {
  let settled = false
  const settle = () => {
    settled = true
  }
  pending.then(settle, settle)
  for (let turn = 0; turn < patienceTurns && !settled; turn++) await undefined
  return settled ? pending : undefined
}

function plainReader(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  begun?: Promise<ReadResult>,
): BodyReader {
  let pending = begun
  return {
    read() {
      const next = pending ?? reader.read()
      pending = undefined
      return next
    },
    cancel: reason => {
      reader.cancel(reason).catch(() => {})
    },
  }
}
