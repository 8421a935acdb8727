import { Refusal, send } from "./api.ts"
import { FrameCutter } from "./event-stream.ts"
import { inSight, whileInSight } from "./in-sight.ts"

/** The API says something at least every 15 s; silence of this length is a dead connection. */
const silenceMs = 40_000
const firstWaitMs = 250
const longestWaitMs = 4_000

export type Following = {
  readonly path: string
  /**
   * Before each connection, when nothing was heard yet or the reader cannot know what it missed. Returns the id of the last
   * event that is in what it read; where nothing was heard yet, the connection goes on after that one.
   */
  readonly onOpen?: () => Promise<string | undefined>
  readonly onData: (data: string, id: string | undefined) => void
  /** `connecting`: nobody saw the page, so nothing was asked for. */
  readonly onStatus: (status: "connecting" | "live" | "away" | "locked") => void
  /** Why a connection could not be made, or ended early; it is made again all the same. */
  readonly onTrouble?: (error: unknown) => void
}

/**
 * Server-sent events by fetch, because an EventSource cannot send the token. A connection that ends is made again and goes
 * on after the last event (Last-Event-ID). Resolves when the signal aborts.
 *
 * Out of sight there is none: a browser grants all tabs of a host six (HTTP/1.1), and nobody looks.
 */
export async function follow(
  { path, onOpen, onData, onStatus, onTrouble }: Following,
  signal: AbortSignal,
): Promise<void> {
  let lastId: string | undefined
  let waitMs = firstWaitMs
  const hear = (id: string | undefined, data: string) => {
    if (id !== undefined) lastId = id
    waitMs = firstWaitMs
    onData(data, id)
  }
  for (;;) {
    await inSight(signal)
    if (signal.aborted) return
    const seen = whileInSight()
    try {
      const readId = await onOpen?.()
      lastId ??= readId
      await read(path, lastId, AbortSignal.any([signal, seen]), hear, () => onStatus("live"))
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof Refusal && error.status === 401) {
        onStatus("locked")
        return
      }
      if (!seen.aborted) onTrouble?.(error)
    }
    if (signal.aborted) return
    if (seen.aborted) {
      onStatus("connecting")
      continue
    }
    onStatus("away")
    await pause(waitMs, signal)
    waitMs = Math.min(waitMs * 2, longestWaitMs)
  }
}

async function read(
  path: string,
  lastId: string | undefined,
  signal: AbortSignal,
  hear: (id: string | undefined, data: string) => void,
  onOpened: () => void,
): Promise<void> {
  const watchdog = new AbortController()
  let timer = 0
  const alive = () => {
    clearTimeout(timer)
    timer = window.setTimeout(() => watchdog.abort(), silenceMs)
  }
  alive()
  try {
    const headers = lastId === undefined ? undefined : { "last-event-id": lastId }
    const answer = await send(path, {
      signal: AbortSignal.any([signal, watchdog.signal]),
      ...(headers && { headers }),
    })
    onOpened()
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader()
    const cutter = new FrameCutter()
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      alive()
      for (const { id, data } of cutter.push(value)) hear(id, data)
    }
  } finally {
    clearTimeout(timer)
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, ms)
    const wake = () => {
      clearTimeout(timer)
      resolve()
    }
    signal.addEventListener("abort", wake, { once: true })
  })
}
