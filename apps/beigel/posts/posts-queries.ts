import { type Kysely, type RawBuilder, type SelectQueryBuilder, sql } from "kysely"
import type { PostKey } from "../public-id.ts"
import type { BeigelTables } from "../tables.ts"

type Db = Kysely<BeigelTables>

export const postColumns = [
  "posts.cafe_id",
  "posts.id",
  "posts.user_id",
  "posts.handle",
  "posts.text",
  "posts.created_at",
  "posts.edited_at",
  "posts.like_count",
] as const

/** A café's posts, newest first, older than `before`. */
export function postsOfCafe(
  db: Db,
  cafeId: string,
  viewerId: string | undefined,
  before: string | undefined,
  limit: number,
) {
  return selectPosts(db, viewerId)
    .where("posts.cafe_id", "=", cafeId)
    .$if(before !== undefined, query => query.where("posts.id", "<", before!))
    .orderBy("posts.id", "desc")
    .limit(limit)
}

export function postByKey(db: Db, key: PostKey, viewerId?: string) {
  return selectPosts(db, viewerId).where("posts.cafe_id", "=", key.cafeId).where("posts.id", "=", key.postId)
}

/** Posts as they are shown, and whether the viewer likes them. */
export function selectPosts(db: Db, viewerId: string | undefined) {
  return db.selectFrom("posts").select(postColumns).select(likedBy(viewerId, "posts").as("liked"))
}

/** One probe of the primary key of `likes` for each row. (`exists` could be planned as a scan of all a user's likes.) */
export function likedBy(viewerId: string | undefined, posts: string): RawBuilder<boolean> {
  if (viewerId === undefined) return sql<boolean>`false`
  return sql<boolean>`coalesce((
    select true from likes
    where likes.cafe_id = ${sql.ref(`${posts}.cafe_id`)}
      and likes.post_id = ${sql.ref(`${posts}.id`)}
      and likes.user_id = ${viewerId}
  ), false)`
}

export type PostRow =
  ReturnType<typeof selectPosts> extends SelectQueryBuilder<BeigelTables, "posts", infer Row> ? Row : never
