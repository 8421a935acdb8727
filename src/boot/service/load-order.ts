/** What the supervisor and the load generator it starts (src/lab/load/load-process.ts) tell each other. */

/** Begin, or go on so. */
export type LoadOrder = {
  readonly target: { readonly host: string; readonly port: number }
  readonly rps: number
  readonly forMs: number
}

export type LoadWord =
  | { readonly type: "began"; readonly mix: "beigel" | "root" }
  /** Since the last one. */
  | { readonly type: "tick"; readonly tick: LoadBeat }
  | { readonly type: "failures"; readonly words: readonly string[] }
  | { readonly type: "ended"; readonly problem?: string }

export type LoadBeat = {
  readonly sent: number
  readonly ok: number
  readonly failed: number
  readonly outstanding: number
  readonly latencyMs: { readonly p95: number }
}
