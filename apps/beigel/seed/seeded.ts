import { type Kysely, sql } from "kysely"
import type { BeigelTables } from "../tables.ts"

/** How far a part of the seed has come: the words it left the last time. */
export async function readState(db: Kysely<BeigelTables>, what: string): Promise<string | undefined> {
  const row = await db.selectFrom("seeded").select("state").where("what", "=", what).executeTakeFirst()
  return row?.state
}

export async function writeState(db: Kysely<BeigelTables>, what: string, state: string): Promise<void> {
  await db
    .insertInto("seeded")
    .values({ what, state })
    .onConflict(conflict => conflict.column("what").doUpdateSet({ state }))
    .execute()
}

/** Tells the planner what was loaded: autovacuum would come by a minute later, and until then lists would be scanned. */
export async function refreshStatistics(db: Kysely<BeigelTables>, table: keyof BeigelTables): Promise<void> {
  await sql`analyze ${sql.table(table)}`.execute(db)
}
