import type { Services } from "banyan"
import { cafesNear } from "../cafes/cafes-queries.ts"
import { CAFES_IN_FEED, feedNear } from "../feed/feed-queries.ts"
import { postJson } from "../posts/post-json.ts"
import type { Point } from "../sphere.ts"
import type { BeigelTables } from "../tables.ts"
import type { LiveEvent } from "./live-hub.ts"

type Db = Services<BeigelTables>["db"]

/** Posts missed while a connection was away, at most; a reader who missed more had better read the feed again. */
const MAX_MISSED = 100

/** Clocks of instances differ a little, and a post becomes visible after its id was made: look back so far. */
const OVERLAP_MS = 5000

/** The cafés (UUIDs) a live feed at this point is about: the same ones as the feed's. */
export async function cafesOfFeed(db: Db, point: Point): Promise<Set<string>> {
  const cafes = await cafesNear(db, point, undefined, CAFES_IN_FEED).execute()
  return new Set(cafes.map(cafe => cafe.id))
}

/**
 * What was written near the point after a post that the reader has seen, oldest first; undefined when that is more
 * than can be made up for. The last seconds before it are told again: readers know a post by its id.
 */
export async function missedSince(db: Db, point: Point, postId: string): Promise<LiveEvent[] | undefined> {
  const rows = await feedNear(
    db,
    point,
    undefined,
    { after: earlier(postId, OVERLAP_MS) },
    MAX_MISSED + 1,
  ).execute()
  if (rows.length > MAX_MISSED) return undefined
  return rows.map(row => ({ kind: "post", post: postJson(row, undefined) }))
}

/** The smallest UUID whose time (its first 48 bits) lies `byMs` before the given one's. */
function earlier(postId: string, byMs: number): string {
  const timeMs = Number.parseInt(postId.replace("-", "").slice(0, 12), 16)
  const hex = Math.max(0, timeMs - byMs)
    .toString(16)
    .padStart(12, "0")
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`
}
