import type { LiveEvent, LiveHub } from "./live-hub.ts"

export type LiveStreamOptions = {
  readonly hub: LiveHub
  readonly cafeIds: ReadonlySet<string>
  /** What the reader missed since it was last here; undefined when that is too much. */
  readonly missed: () => Promise<LiveEvent[] | undefined>
  readonly heartbeatMs?: number
}

/** Events a slow reader may be behind. Then the stream ends; the reader comes back with Last-Event-ID and catches up. */
const MAX_BEHIND = 256

/**
 * Server-sent events (WHATWG HTML section 9.2): `post`, `edit` and `delete` with JSON, each with the post's id as the
 * event id, and `gap` when the reader had better read the feed again. A comment every now and then keeps what lies
 * between from taking silence for death.
 */
export async function liveStream(options: LiveStreamOptions): Promise<ReadableStream<Uint8Array>> {
  const { hub, cafeIds, heartbeatMs = 15_000 } = options
  const encoder = new TextEncoder()
  let stop = () => {}
  let controller: ReadableStreamDefaultController<Uint8Array>

  const send = (text: string) => {
    if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(text))
    else end()
  }
  const end = () => {
    stop()
    try {
      controller.close()
    } catch {
      // The reader has gone already.
    }
  }
  const stream = new ReadableStream<Uint8Array>(
    {
      start: given => {
        controller = given
      },
      cancel: () => stop(),
    },
    new CountQueuingStrategy({ highWaterMark: MAX_BEHIND }),
  )

  const leave = await hub.join({
    cafeIds,
    onEvent: event => send(formatEvent(event)),
    onGap: () => send(GAP),
  })
  const heartbeat = setInterval(() => send(": still here\n\n"), heartbeatMs)
  heartbeat.unref()
  stop = () => {
    leave()
    clearInterval(heartbeat)
  }
  send("retry: 1000\n\n")
  const missed = await options.missed().catch(error => {
    end()
    throw error
  })
  if (missed === undefined) send(GAP)
  else for (const event of missed) send(formatEvent(event))
  return stream
}

const GAP = "event: gap\ndata: {}\n\n"

/** JSON has no line breaks of its own, so one `data` line holds it. */
function formatEvent(event: LiveEvent): string {
  return `id: ${event.post.id}\nevent: ${event.kind}\ndata: ${JSON.stringify(event.post)}\n\n`
}
