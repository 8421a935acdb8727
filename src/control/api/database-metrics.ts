import type { StateView } from "../../wire/admin.ts"
import type { MakeGauge } from "./make-metric.ts"

/** Roles, positions and promotions, as the state shows them. */
export function writeDatabases({ instances, databases }: StateView, gauge: MakeGauge): void {
  const one = ["instance"]
  const primary = gauge("database_primary", "1 when the map names it as the primary.", one)
  const timeline = gauge("database_timeline", "The timeline its server is on.", one)
  const streaming = gauge("database_streaming", "1 when a replica receives the log.", one)
  const lagBytes = gauge("database_lag_bytes", "How far a replica is behind in the log.", one)
  const lagSeconds = gauge("database_lag_seconds", "How far a replica is behind in time.", one)
  for (const { id: instance, tier, role, database } of instances) {
    if (tier !== "data") continue
    primary(role === "primary" ? 1 : 0, { instance })
    if (database === undefined) continue
    timeline(database.timeline, { instance })
    if (database.streaming !== undefined) streaming(database.streaming ? 1 : 0, { instance })
    if (database.lagBytes !== undefined) lagBytes(database.lagBytes, { instance })
    if (database.lagMs !== undefined) lagSeconds(database.lagMs / 1000, { instance })
  }
  if (databases === undefined) return
  const { acks, following } = databases.quorum
  gauge("database_acks", "How many replicas acknowledge each commit.")(acks)
  const there = gauge(
    "database_acks_possible",
    "How many replicas could; with fewer than are needed writes wait.",
  )
  if (following !== undefined) there(following)
  gauge(
    "database_quorum_settled",
    "1 unless what commits wait for is being changed.",
  )(databases.quorum.isSettled ? 1 : 0)
  gauge(
    "promotion_refused",
    "1 while no replica may take the lost primary's place.",
  )(databases.refused === undefined ? 0 : 1)
  if (databases.promotion === undefined) return
  const { atMs, parts } = databases.promotion
  gauge("promotion_last_seconds", "When a replica was promoted last, since 1970.")(atMs / 1000)
  const part = gauge("promotion_part_ms", "What the last promotion went into.", ["part"])
  for (const [name, tookMs] of Object.entries(parts)) part(tookMs, { part: name.replace(/Ms$/, "") })
}
