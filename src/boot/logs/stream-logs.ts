import type { ReadLogs } from "../../control/api/log-stream.ts"
import { streamBounds } from "./log-bounds.ts"
import { readLogs } from "./read-logs.ts"

/** The logs of this folder, for readers through the admin API. */
export const streamLogs: ReadLogs = ({ lines, ...filter }, cursor, signal) =>
  readLogs({ filter, lines, follow: true, cursor, bounds: streamBounds, signal })
