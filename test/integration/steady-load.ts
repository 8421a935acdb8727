import type { LoadOptions, LoadReport, LoadRequest } from "../../src/lab/load/load.ts"
import { runLoad } from "../../src/lab/load/run-load.ts"
import type { ScratchProject } from "./scratch-project.ts"

export const get: LoadRequest = { kind: "get", method: "GET", target: "/" }
/** Never sent twice: whatever goes wrong with it is seen. */
export const post: LoadRequest = {
  kind: "post",
  method: "POST",
  target: "/echo",
  fields: ["Content-Type", "text/plain"],
  body: "what a day",
}

/** The same requests in turn, 150 a second unless told otherwise, until `end`, which tells how they went. */
export function beginLoad(
  project: Pick<ScratchProject, "port">,
  requests: readonly LoadRequest[],
  more: Partial<Pick<LoadOptions, "protocol" | "rps">> & { readonly port?: number } = {},
) {
  const { port = project.port, ...options } = more
  const stop = new AbortController()
  let turn = 0
  const report: Promise<LoadReport> = runLoad(
    {
      target: { host: "127.0.0.1", port },
      scenario: { next: () => requests[turn++ % requests.length]! },
      rps: 150,
      durationMs: 5 * 60_000,
      arrivals: "poisson",
      seed: Date.now() % 100_000,
      newConnectionShare: 0.3,
      timeoutMs: 20_000,
      ...options,
    },
    stop.signal,
  )
  return {
    end: () => {
      stop.abort()
      return report
    },
  }
}
