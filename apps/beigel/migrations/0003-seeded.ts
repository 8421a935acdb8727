import { type Kysely, sql } from "kysely"

/** How far the seed has come. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table seeded (what text primary key, state text not null)`.execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table seeded`.execute(db)
}
