import type { Kysely } from "kysely"
import type { BeigelTables } from "../tables.ts"
import { parseCafes, readCafesFile } from "./read-cafes.ts"
import { readState, refreshStatistics, writeState } from "./seeded.ts"

export const CAFES_FILE = new URL("../data/nyc-cafes.csv", import.meta.url)
const BATCH = 400

/** Loads the cafés, unless this very file has been loaded. A café that left the file stays: posts may name it. */
export async function seedCafes(db: Kysely<BeigelTables>, progress: (words: string) => void): Promise<void> {
  const file = await readCafesFile(CAFES_FILE)
  if ((await readState(db, "cafes")) === file.digest) return
  const cafes = parseCafes(file)
  for (let done = 0; done < cafes.length; done += BATCH) {
    progress(`loading cafés ${done}/${cafes.length}`)
    await db
      .insertInto("cafes")
      .values(cafes.slice(done, done + BATCH))
      .onConflict(conflict =>
        conflict.column("id").doUpdateSet(row => ({ address: row.ref("excluded.address") })),
      )
      .execute()
  }
  await refreshStatistics(db, "cafes")
  await writeState(db, "cafes", file.digest)
  progress(`loading cafés ${cafes.length}/${cafes.length}`)
}
