import { type Kysely, sql } from "kysely"
import { cafesNear } from "../cafes/cafes-queries.ts"
import { selectPosts } from "../posts/posts-queries.ts"
import type { Point } from "../sphere.ts"
import type { BeigelTables } from "../tables.ts"

type Db = Kysely<BeigelTables>

/** "Near me" are so many nearest cafés: a distance would be empty in a village and boundless in Manhattan. */
export const CAFES_IN_FEED = 50

/** Which way the feed is read: older posts going back from a post, or newer ones going on from it. */
export type FeedEdge = { readonly before?: string | undefined } | { readonly after: string }

/**
 * Posts of the cafés nearest to a point, in the order of time. Each café gives the keys of at most `limit` posts, read from
 * the end of its part of the primary key and from nothing else, so that the work is bounded however much has been written;
 * only what is shown is read whole. Limits stand in the text (see `cafesNear`).
 */
export function feedNear(db: Db, point: Point, viewerId: string | undefined, edge: FeedEdge, limit: number) {
  const onwards = "after" in edge
  const direction = onwards ? "asc" : "desc"
  const bound = onwards ? edge.after : edge.before
  const keysOfOne = db
    .selectFrom("posts")
    .select("posts.id")
    .where("posts.cafe_id", "=", sql<string>`near.id`)
    .$if(bound !== undefined, query => query.where("posts.id", onwards ? ">" : "<", bound!))
    .orderBy("posts.id", direction)
    .limit(sql.lit(limit))
  const shown = db
    .selectFrom(cafesNear(db, point, undefined, CAFES_IN_FEED).as("near"))
    .innerJoinLateral(keysOfOne.as("post"), join => join.onTrue())
    .select(["post.id", "near.id as cafe_id", "near.name", "near.chord"])
    .orderBy("post.id", direction)
    .limit(sql.lit(limit))
  return selectPosts(db, viewerId)
    .innerJoin(shown.as("shown"), join =>
      join.onRef("shown.cafe_id", "=", "posts.cafe_id").onRef("shown.id", "=", "posts.id"),
    )
    .select(["shown.name as cafe_name", "shown.chord"])
    .orderBy("posts.id", direction)
}
