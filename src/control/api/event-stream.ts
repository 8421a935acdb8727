import type { Context } from "hono"
import type { EventView } from "../../wire/admin.ts"
import type { EventLog, NumberedEvent } from "../event-log.ts"

const heartbeatEveryMs = 15_000
/** A reader this far behind is cut off; it may resume where it was. */
const maxQueuedBytes = 1 << 20

/**
 * GET /api/events: server-sent events (WHATWG HTML, section 9.2). `Last-Event-ID` (or `?after=`) resumes; what is no
 * longer kept is told by a `gap` event. Without either, only what happens from now on.
 */
export function eventStream(context: Context, log: EventLog): Response {
  const asked = context.req.header("last-event-id") ?? context.req.query("after")
  const encoder = new TextEncoder()
  let isCut = false
  let stop = () => {}
  const body = new ReadableStream<Uint8Array>(
    {
      start(stream) {
        const write = (text: string) => {
          // What it missed may be more than is queued: it comes back for the rest.
          if (isCut) return
          stream.enqueue(encoder.encode(text))
          isCut = (stream.desiredSize ?? 0) <= 0
          if (!isCut) return
          stop()
          stream.close()
        }
        const heartbeat = setInterval(() => write(": still here\n\n"), heartbeatEveryMs)
        const unsubscribe = log.subscribe(event => write(frame(event)))
        stop = () => {
          clearInterval(heartbeat)
          unsubscribe()
        }
        // The first bytes go out at once: the reader knows that it is connected.
        write(": hello\n\n")
        for (const event of missed(log, asked)) write(frame(event))
      },
      cancel: () => stop(),
    },
    { highWaterMark: maxQueuedBytes, size: chunk => chunk?.byteLength ?? 0 },
  )
  return context.body(body, 200, { "content-type": "text/event-stream; charset=utf-8" })
}

function missed(log: EventLog, asked: string | undefined): readonly NumberedEvent[] {
  if (asked === undefined) return []
  const { gap, events } = log.after(/^\d{1,16}$/.test(asked) ? Number(asked) : -1)
  const told: EventView = { type: "gap", at: Date.now() }
  return gap ? [{ seq: log.lastSeq, event: told }] : events
}

function frame({ seq, event }: NumberedEvent): string {
  return `id: ${seq}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`
}
