import type { Kysely } from "kysely"
import type { BeigelTables } from "../tables.ts"
import { BOTS, botOf, inventPost } from "./invent-post.ts"
import type { Cafe } from "./read-cafes.ts"
import { readState, refreshStatistics, writeState } from "./seeded.ts"

const BATCH = 5000

/**
 * Writes posts number 0 to `count - 1`, in batches; goes on where an earlier run ended, and never deletes. A batch and
 * the note that it is done are one transaction: a post that somebody deletes afterwards does not come back.
 */
export async function seedPosts(
  db: Kysely<BeigelTables>,
  count: number,
  cafes: () => Promise<readonly Cafe[]>,
  progress: (words: string) => void,
): Promise<void> {
  let done = Number((await readState(db, "posts")) ?? 0)
  if (done >= count) return
  const known = await cafes()
  await createBots(db)
  while (done < count) {
    progress(`writing posts ${done}/${count}`)
    const end = Math.min(count, done + BATCH)
    const posts = Array.from({ length: end - done }, (_, index) => inventPost(done + index, known))
    await db.transaction().execute(async tx => {
      await tx
        .insertInto("posts")
        .values(posts)
        .onConflict(conflict => conflict.doNothing())
        .execute()
      await writeState(tx, "posts", String(end))
    })
    done = end
  }
  await refreshStatistics(db, "posts")
  progress(`writing posts ${count}/${count}`)
}

/** Bots have no password: what stands there is no hash, and nothing matches it. */
async function createBots(db: Kysely<BeigelTables>): Promise<void> {
  const bots = Array.from({ length: BOTS }, (_, number) => botOf(number))
  await db
    .insertInto("handles")
    .values(bots.map(({ id, handle }) => ({ handle, user_id: id })))
    .onConflict(conflict => conflict.doNothing())
    .execute()
  await db
    .insertInto("users")
    .values(bots.map(bot => ({ ...bot, password: "none", created_at: new Date(0) })))
    .onConflict(conflict => conflict.doNothing())
    .execute()
}
