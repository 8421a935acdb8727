import type { LoadOptions, LoadRequest, LoadTarget } from "../load.ts"

export const get: LoadRequest = { kind: "get", method: "GET", target: "/" }

/** 50 requests in half a second unless told otherwise. */
export function halfASecond(target: LoadTarget, more: Partial<LoadOptions> = {}): LoadOptions {
  return {
    target,
    scenario: { next: () => get },
    rps: 100,
    durationMs: 500,
    arrivals: "constant",
    seed: 1,
    newConnectionShare: 0,
    timeoutMs: 20_000,
    ...more,
  }
}
