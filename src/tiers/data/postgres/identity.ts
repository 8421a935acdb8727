/** What a server says of itself. */
export type ServerIdentity = {
  /** The same for a primary and its replicas, different for any two clusters. */
  readonly cluster: string
  readonly recovering: boolean
  /** Rises by every promotion; null while recovering. */
  readonly timeline: number | null
}

/**
 * One round trip, allowed to any role. The system identifier alone is not enough: data folders copied from one template
 * share it, so the cluster's own name (see server/provision.ts) stands beside it. The timeline is the one being written
 * now: that of pg_control_checkpoint() lags behind a promotion until the next checkpoint.
 */
export const identityQuery = `
  select system_identifier || '/' || coalesce(current_setting('banyan.cluster', true), '') as cluster,
    pg_is_in_recovery() as recovering,
    case when pg_is_in_recovery() then null
      else ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int end as timeline
  from pg_control_system()`

/** Why this server is not the primary we work with, or undefined when it is. `known` is what was believed before. */
export function refusePrimary(seen: ServerIdentity, known: ServerIdentity | undefined): string | undefined {
  if (known !== undefined && seen.cluster !== known.cluster) {
    return `it belongs to another cluster (${seen.cluster}, not ${known.cluster})`
  }
  if (seen.recovering) return "it is a replica (in recovery), not the primary"
  if (known?.timeline != null && seen.timeline !== null && seen.timeline < known.timeline) {
    return `it is a former primary (timeline ${seen.timeline}, ${known.timeline} was seen)`
  }
  return undefined
}
