import type { Context } from "hono"
import { type LogBatch, type LogQuery, logQuerySchema } from "../../wire/admin.ts"
import { controlError } from "../control-errors.ts"
import { queryOf } from "./query-of.ts"

/**
 * Reads the logs for one who asked, a batch whenever the one before is taken; ends when the signal aborts. `cursor` goes on
 * behind a batch.
 */
export type ReadLogs = (
  query: LogQuery,
  cursor: string | undefined,
  signal: AbortSignal,
) => AsyncIterator<LogBatch & { readonly cursor: string }, void>

/** Each costs the supervisor something for every line that is written. */
const mostReaders = 8

/**
 * GET /api/logs: the lines that fit, as server-sent events of `logBatchSchema`. Throws BN1335 for a query that means
 * nothing, BN1336 when too many read already.
 */
export function logStreams(read: ReadLogs): (context: Context) => Response {
  let readers = 0
  return context => {
    const query = queryOf(context, logQuerySchema)
    if (readers >= mostReaders) throw controlError("BN1336", { most: mostReaders })
    const stop = new AbortController()
    const batches = read(query, context.req.header("last-event-id") || undefined, stop.signal)
    const encoder = new TextEncoder()
    let isCounted = false
    const end = () => {
      if (isCounted && !stop.signal.aborted) readers--
      stop.abort()
    }
    const body = new ReadableStream<Uint8Array>(
      {
        // Whoever reads slowly is not read for meanwhile.
        async pull(stream) {
          // Not before: of an answer to HEAD nobody reads the body.
          if (!isCounted) readers++
          isCounted = true
          try {
            const { done, value } = await batches.next()
            if (stop.signal.aborted) return
            if (done === true) {
              end()
              stream.close()
            } else {
              const { cursor, ...batch } = value
              stream.enqueue(encoder.encode(`id: ${cursor}\ndata: ${JSON.stringify(batch)}\n\n`))
            }
          } catch (error) {
            end()
            throw error
          }
        },
        cancel: end,
      },
      { highWaterMark: 0 },
    )
    return context.body(body, 200, { "content-type": "text/event-stream; charset=utf-8" })
  }
}
