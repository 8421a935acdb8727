import type { StreamReport } from "../../load/stream-probe.ts"

/** Streams may end at a drain deadline, but only as their protocols end them; an upload must be answered. */
export function streamViolations(stream: StreamReport): string[] {
  const { kind, end, opened, status, closeCode, retryMs, detail } = stream
  if (!opened) return [`${kind}: never opened (status ${status}, ${end} ${detail})`]
  if (end === "stopped") return []
  const asItShould =
    end === "clean" &&
    (kind === "upload" ||
      (kind === "websocket" && closeCode === 1001) ||
      (kind === "sse" && retryMs !== undefined))
  return asItShould ? [] : [`${kind}: ended ${end} ${closeCode ?? ""} ${detail}`.trim()]
}
