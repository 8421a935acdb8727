import type { Kysely } from "kysely"
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
