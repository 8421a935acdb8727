import { createLoginAttemptsTable, createSessionsTable } from "banyan"
import { type Kysely, sql } from "kysely"

/** Accounts. A handle and its user may live on different shards, so no foreign key joins them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`create table handles (handle text primary key, user_id uuid not null)`.execute(db)
  await sql`
    create table users (
      id uuid primary key,
      handle text not null,
      password text not null,
      created_at timestamptz not null
    )`.execute(db)
  await createSessionsTable(db)
  await createLoginAttemptsTable(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table login_attempts, sessions, users, handles`.execute(db)
}
