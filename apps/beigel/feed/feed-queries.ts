import { type Kysely, sql } from "kysely"
import { cafesNear } from "../cafes/cafes-queries.ts"
import { likedBy, postColumns } from "../posts/posts-queries.ts"
import type { Point } from "../sphere.ts"
import type { BeigelTables } from "../tables.ts"

type Db = Kysely<BeigelTables>

/** "Near me" are so many nearest cafés: a distance would be empty in a village and boundless in Manhattan. */
export const CAFES_IN_FEED = 50

/** Which way the feed is read: older posts going back from a post, or newer ones going on from it. */
export type FeedEdge = { readonly before?: string | undefined } | { readonly after: string }

/**
 * Posts of the cafés nearest to a point, in the order of time. Each café gives at most `limit` posts, read from the
 * end of its part of the primary key, so that the work is bounded however much has been written.
 */
export function feedNear(db: Db, point: Point, viewerId: string | undefined, edge: FeedEdge, limit: number) {
  const onwards = "after" in edge
  const direction = onwards ? "asc" : "desc"
  const bound = onwards ? edge.after : edge.before
  const postsOfOne = db
    .selectFrom("posts")
    .select(postColumns)
    .where("posts.cafe_id", "=", sql<string>`near.id`)
    .$if(bound !== undefined, query => query.where("posts.id", onwards ? ">" : "<", bound!))
    .orderBy("posts.id", direction)
    .limit(limit)
  return db
    .selectFrom(cafesNear(db, point, undefined, CAFES_IN_FEED).as("near"))
    .innerJoinLateral(postsOfOne.as("post"), join => join.onTrue())
    .selectAll("post")
    .select(["near.name as cafe_name", "near.chord", likedBy(viewerId, "post").as("liked")])
    .orderBy("post.id", direction)
    .limit(limit)
}
