import { type Kysely, sql } from "kysely"

/** What a person wrote, newest first; the cafés of a part of the map. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create index posts_author on posts (user_id, id)`.execute(db)
  await sql`create index cafes_where on cafes (lat, lon)`.execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop index posts_author, cafes_where`.execute(db)
}
