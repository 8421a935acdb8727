import type { TestContext } from "node:test"
import { type Generated, sql } from "kysely"
import type { TemporaryPostgres } from "../postgres/server/temporary-postgres.ts"
import { dataForTests } from "./data-for-tests.ts"

export type Notes = { notes: { id: Generated<number>; text: string } }

/** A data layer over that server, with an empty table of notes. */
export async function withNotes(
  t: TestContext,
  postgres: TemporaryPostgres,
  options: Parameters<typeof dataForTests>[2] = {},
) {
  const data = dataForTests(t, postgres, options)
  await sql`drop table if exists notes`.execute(data.db())
  await sql`create table notes (id int generated always as identity primary key, text text not null)`.execute(
    data.db(),
  )
  return { postgres, data, db: data.db<Notes>() }
}
