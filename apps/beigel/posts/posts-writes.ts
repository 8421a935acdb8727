import type { Transact } from "banyan"
import { type Kysely, sql, type Transaction } from "kysely"
import { v7 } from "uuid"
import { cafeById } from "../cafes/cafes-queries.ts"
import { Problem } from "../http/problems.ts"
import { encodeNotice, LIVE_CHANNEL, type LiveNotice } from "../live/live-notice.ts"
import type { PostKey } from "../public-id.ts"
import type { BeigelTables } from "../tables.ts"

type Db = Kysely<BeigelTables>
/** Exactly once, whatever becomes of the database meanwhile. */
type Do = Transact<BeigelTables>
type Author = { readonly id: string; readonly handle: string }

/** Writes a post, and tells the live feeds in the same transaction: no notice without a post, no post without a notice. */
export async function writePost(
  tx: Transaction<BeigelTables>,
  cafeId: string,
  author: Author,
  text: string,
): Promise<PostKey> {
  const cafe = await cafeById(tx, cafeId).executeTakeFirst()
  if (cafe === undefined) throw new Problem("not-found", { message: "There is no such café." })
  const key = { cafeId, postId: v7() }
  await tx
    .insertInto("posts")
    .values({
      cafe_id: cafeId,
      id: key.postId,
      user_id: author.id,
      handle: author.handle,
      text,
      created_at: timeOf(key.postId),
    })
    .execute()
  await notify(tx, { kind: "post", ...key })
  return key
}

/** Changes the text. Throws `not-found`, and `not-yours` for somebody else's post. */
export async function editPost(
  tx: Transaction<BeigelTables>,
  key: PostKey,
  userId: string,
  text: string,
): Promise<void> {
  const changed = await tx
    .updateTable("posts")
    .set({ text, edited_at: new Date() })
    .where("cafe_id", "=", key.cafeId)
    .where("id", "=", key.postId)
    .where("user_id", "=", userId)
    .executeTakeFirst()
  if (changed.numUpdatedRows === 0n) await refuseChange(tx, key)
  await notify(tx, { kind: "edit", ...key })
}

/** Deletes a post and its likes. Throws `not-found`, and `not-yours` for somebody else's post. */
export async function deletePost(transact: Do, key: PostKey, userId: string): Promise<void> {
  await transact(async tx => {
    const deleted = await tx
      .deleteFrom("posts")
      .where("cafe_id", "=", key.cafeId)
      .where("id", "=", key.postId)
      .where("user_id", "=", userId)
      .executeTakeFirst()
    if (deleted.numDeletedRows === 0n) await refuseChange(tx, key)
    await notify(tx, { kind: "delete", ...key })
  })
}

/**
 * Likes a post, or takes the like back; doing it twice changes nothing. Returns how many like it then. The post's row
 * is locked first: in any other order a deletion of the post, which takes its likes along, could be a deadlock.
 */
export async function setLike(transact: Do, key: PostKey, userId: string, liked: boolean): Promise<number> {
  return transact(async tx => {
    const post = await tx
      .selectFrom("posts")
      .select("like_count")
      .where("cafe_id", "=", key.cafeId)
      .where("id", "=", key.postId)
      .forNoKeyUpdate()
      .executeTakeFirst()
    if (post === undefined) throw noSuchPost()
    const changed = liked ? await addLike(tx, key, userId) : await removeLike(tx, key, userId)
    if (!changed) return post.like_count
    const count = post.like_count + (liked ? 1 : -1)
    await tx
      .updateTable("posts")
      .set({ like_count: count })
      .where("cafe_id", "=", key.cafeId)
      .where("id", "=", key.postId)
      .execute()
    return count
  })
}

async function addLike(tx: Db, key: PostKey, userId: string): Promise<boolean> {
  const result = await tx
    .insertInto("likes")
    .values({ cafe_id: key.cafeId, post_id: key.postId, user_id: userId })
    .onConflict(conflict => conflict.doNothing())
    .executeTakeFirst()
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n
}

async function removeLike(tx: Db, key: PostKey, userId: string): Promise<boolean> {
  const result = await tx
    .deleteFrom("likes")
    .where("cafe_id", "=", key.cafeId)
    .where("post_id", "=", key.postId)
    .where("user_id", "=", userId)
    .executeTakeFirst()
  return result.numDeletedRows > 0n
}

/** Nothing was changed: because there is no such post, or because it is somebody else's? */
async function refuseChange(tx: Db, key: PostKey): Promise<never> {
  const post = await tx
    .selectFrom("posts")
    .select("id")
    .where("cafe_id", "=", key.cafeId)
    .where("id", "=", key.postId)
    .executeTakeFirst()
  throw post === undefined ? noSuchPost() : new Problem("not-yours")
}

async function notify(tx: Transaction<BeigelTables>, notice: LiveNotice): Promise<void> {
  await sql`select pg_notify(${LIVE_CHANNEL}, ${encodeNotice(notice)})`.execute(tx)
}

function noSuchPost(): Problem {
  return new Problem("not-found", { message: "There is no such post. It may have been deleted." })
}

/** A UUIDv7 begins with its time: 48 bits of milliseconds (RFC 9562 section 5.7). */
function timeOf(postId: string): Date {
  return new Date(Number.parseInt(postId.replace("-", "").slice(0, 12), 16))
}
