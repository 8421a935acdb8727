import type { ServerStatus } from "./server-status.ts"

/** What a server said last, or undefined when it does not answer. */
export type Candidate<T> = { readonly server: T; readonly status: ServerStatus | undefined }

/** The cluster this process works with, as far as it is known. */
export type KnownCluster = { readonly cluster: string; readonly timeline: number }

/**
 * Whom to write to, by what the servers themselves say: not in recovery, of the same cluster, on the highest timeline and
 * never on one below what was seen. Of two that claim the same timeline (which no promotion brings about) the one
 * worked with stays; without one nobody is believed.
 */
export function findPrimary<T>(
  candidates: readonly Candidate<T>[],
  current: T | undefined,
  known: KnownCluster | undefined,
): T | undefined {
  const claims = candidates.filter(
    ({ status }) => status !== undefined && !status.recovering && fits(status, known),
  )
  const highest = Math.max(...claims.map(({ status }) => status!.timeline))
  const last = claims.filter(({ status }) => status!.timeline === highest).map(({ server }) => server)
  if (current !== undefined && last.includes(current)) return current
  return last.length === 1 ? last[0] : undefined
}

function fits({ cluster, timeline }: ServerStatus, known: KnownCluster | undefined): boolean {
  return known === undefined || (cluster === known.cluster && timeline >= known.timeline)
}
