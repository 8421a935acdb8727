import { chunkEnd, encodeChunkHead, encodeResponseHead, fieldValue, lastChunk } from "../../http1/index.ts"
import { EventStreamTail } from "../streams/event-stream.ts"
import { type AnswerPlan, type BodyReader, bytesIn } from "./answer-plan.ts"
import type { Drain } from "./drain.ts"
import type { Outlet } from "./outlet.ts"

/** A body that did not keep to what was announced. */
class BodyMismatch extends Error {}

/**
 * Writes an answer, as fast as its reader takes it. Resolves at its end or when nobody reads it any more; throws what
 * the body throws: the head is out by then, so the caller can only cut the connection.
 */
export async function sendAnswer(
  outlet: Outlet,
  plan: AnswerPlan,
  date: string,
  drain: Drain,
): Promise<void> {
  const head = encodeResponseHead({ status: plan.status, fields: headFields(plan, date) })
  const writer = new BodyWriter(outlet, plan)
  writer.start(head, plan.ahead)
  const { rest } = plan
  if (rest === undefined) return writer.end()

  const ending = plan.isEventStream ? endedByDrain(rest, outlet, drain) : undefined
  outlet.onGone(() => rest.cancel("the client has gone"))
  try {
    for (;;) {
      await outlet.room()
      if (outlet.gone) return rest.cancel("the client has gone")
      const { done, value } = await rest.read()
      if (done) break
      writer.write(value)
    }
    if (ending?.asked) writer.write(Buffer.from(writer.tail.ending()))
    writer.end()
  } catch (error) {
    if (outlet.gone) return
    rest.cancel(error)
    throw error
  } finally {
    outlet.onGone(undefined)
    ending?.release()
  }
}

function headFields(plan: AnswerPlan, date: string): string[] {
  const fields = [...plan.fields]
  if (fieldValue(plan.fields, "date") === undefined) fields.push("date", date)
  if (plan.framing.kind === "length") fields.push("content-length", String(plan.framing.length))
  if (plan.framing.kind === "chunked") fields.push("transfer-encoding", "chunked")
  fields.push("connection", plan.keepAlive ? "keep-alive" : "close")
  return fields
}

/** At the deadline of a drain the stream ends like one whose app had nothing more to say. */
function endedByDrain(rest: BodyReader, outlet: Outlet, drain: Drain) {
  const ending = { asked: false, release: () => {} }
  ending.release = drain.hold({
    endGently() {
      ending.asked = true
      rest.cancel("the instance is leaving")
    },
    cut: () => outlet.cut(),
  })
  return ending
}

/** Frames the bytes of a body, and holds it to the length its head tells. */
class BodyWriter {
  readonly tail = new EventStreamTail()
  readonly #outlet: Outlet
  readonly #plan: AnswerPlan
  #sentBytes = 0

  constructor(outlet: Outlet, plan: AnswerPlan) {
    this.#outlet = outlet
    this.#plan = plan
  }

  /** Head and first bytes in one write: small answers are one segment. */
  start(head: Uint8Array, ahead: readonly Uint8Array[]): void {
    this.#outlet.write(head, ...ahead.flatMap(chunk => this.#framed(chunk)))
  }

  /** Throws when it is no bytes. */
  write(chunk: unknown): void {
    const bytes = bytesIn(chunk)
    if (bytes.length > 0) this.#outlet.write(...this.#framed(bytes))
  }

  end(): void {
    const { framing } = this.#plan
    if (framing.kind === "chunked") this.#outlet.write(lastChunk())
    if (framing.kind === "length" && this.#sentBytes < framing.length) {
      throw new BodyMismatch(`content-length is ${framing.length}, the body had ${this.#sentBytes} bytes`)
    }
  }

  #framed(chunk: Uint8Array): Uint8Array[] {
    const { framing, isEventStream } = this.#plan
    this.#sentBytes += chunk.length
    if (framing.kind === "length" && this.#sentBytes > framing.length) {
      throw new BodyMismatch(`content-length is ${framing.length}, the body is longer`)
    }
    if (isEventStream) this.tail.push(chunk)
    return framing.kind === "chunked" ? [encodeChunkHead(chunk.length), chunk, chunkEnd] : [chunk]
  }
}
