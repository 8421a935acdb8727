import type { Kysely } from "kysely"
import { likedBy, postColumns } from "../posts/posts-queries.ts"
import type { BeigelTables } from "../tables.ts"

type Db = Kysely<BeigelTables>

export function personById(db: Db, id: string) {
  return db.selectFrom("users").select(["users.id", "users.handle"]).where("users.id", "=", id)
}

/** A person's posts wherever they wrote them, newest first, older than `before`. */
export function postsOfPerson(
  db: Db,
  userId: string,
  viewerId: string | undefined,
  before: string | undefined,
  limit: number,
) {
  return db
    .selectFrom("posts")
    .innerJoin("cafes", "cafes.id", "posts.cafe_id")
    .select(postColumns)
    .select(["cafes.name as cafe_name", likedBy(viewerId, "posts").as("liked")])
    .where("posts.user_id", "=", userId)
    .$if(before !== undefined, query => query.where("posts.id", "<", before!))
    .orderBy("posts.id", "desc")
    .limit(limit)
}
