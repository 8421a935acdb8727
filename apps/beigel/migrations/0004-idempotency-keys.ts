import { createIdempotencyTable } from "banyan"
import { type Kysely, sql } from "kysely"

/** What was answered to requests with an `Idempotency-Key`. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createIdempotencyTable(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table idempotency_keys`.execute(db)
}
