import { setTimeout as sleep } from "node:timers/promises"
import { onAbort, type ProbeOptions, StreamProbe, type StreamReport } from "./stream-probe.ts"

export type SlowUploadOptions = ProbeOptions & {
  readonly body: string
  /** The body is spread over this time. */
  readonly overMs: number
  /** The last piece waits for this, too. */
  readonly lastAfter?: Promise<unknown>
  /** In how many pieces. Default 20. */
  readonly pieces?: number
  readonly method?: string
  /** Which statuses are right. Default 2xx. */
  readonly isExpected?: (status: number) => boolean
}

/** A request whose body drips in over `overMs`: it spans whatever happens meanwhile. Never rejects. */
export async function slowUpload(options: SlowUploadOptions, signal?: AbortSignal): Promise<StreamReport> {
  const { overMs, pieces = 20, method = "POST", fields = [] } = options
  const isExpected = options.isExpected ?? (status => status >= 200 && status < 300)
  const body = Buffer.from(options.body)
  const probe = new StreamProbe({
    ...options,
    method,
    fields: [...fields, "Content-Length", String(body.length)],
  })
  onAbort(signal, () => probe.stop())
  const over = new AbortController()
  const finished = probe.finished().finally(() => over.abort())
  let bytesSent = 0
  for (let nth = 1; nth <= pieces && !probe.isOver; nth++) {
    if (nth === pieces) await Promise.race([options.lastAfter, finished])
    const until = Math.round((body.length * nth) / pieces)
    probe.write(body.subarray(bytesSent, until))
    bytesSent = until
    if (nth < pieces) await sleep(overMs / (pieces - 1), undefined, { signal: over.signal }).catch(() => {})
  }
  const { end, detail, status, heldMs } = await finished
  const answered = end === "clean"
  return {
    kind: "upload",
    opened: answered,
    status,
    messages: 0,
    heldMs,
    end: answered && !isExpected(status) ? "status" : end,
    detail,
    bytesSent,
  }
}
