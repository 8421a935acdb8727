import { migrate } from "banyan/data"
import { sql } from "kysely"
import { parseCafes, readCafesFile } from "../../apps/beigel/seed/read-cafes.ts"
import { CAFES_FILE, seedCafes } from "../../apps/beigel/seed/seed-cafes.ts"
import { seedPosts } from "../../apps/beigel/seed/seed-posts.ts"
import type { BeigelTables } from "../../apps/beigel/tables.ts"
import { dataForTests } from "../../src/tiers/data/testing/data-for-tests.ts"
import type { TemporaryFleet } from "../../src/tiers/data/testing/temporary-fleet.ts"
import type { Subject } from "./queries.ts"

const posts = 20_000

/** Beigel's own tables, cafés and posts. */
export async function fillBeigel(fleet: TemporaryFleet, ends: (() => unknown)[]): Promise<Subject[]> {
  const data = dataForTests({ after: end => ends.unshift(end as () => unknown) }, fleet.primary)
  await migrate(data, new URL("../../apps/beigel/migrations", import.meta.url).pathname)
  const db = data.db<BeigelTables>()
  await seedCafes(db, () => {})
  await seedPosts(
    db,
    posts,
    async () => parseCafes(await readCafesFile(CAFES_FILE)),
    () => {},
  )
  // As autovacuum leaves them after a minute: who measures in the second before measures other plans.
  await sql`vacuum (analyze) cafes, posts, likes`.execute(db)
  const rows = await db
    .selectFrom("posts")
    .innerJoin("cafes", "cafes.id", "posts.cafe_id")
    .select(["posts.cafe_id", "posts.id", "cafes.lat", "cafes.lon"])
    .limit(500)
    .execute()
  return rows.map(({ cafe_id, id, lat, lon }) => ({ cafeId: cafe_id, postId: id, lat, lon }))
}
