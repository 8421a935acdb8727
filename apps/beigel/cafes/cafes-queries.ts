import { type Kysely, type RawBuilder, sql } from "kysely"
import { type Point, unitVector } from "../sphere.ts"
import type { BeigelTables } from "../tables.ts"

type Db = Kysely<BeigelTables>

/** A place in the list of cafés nearest to a point: the last one's chord (see sphere.ts) and id. */
export type NearPlace = { readonly chord: number; readonly id: string }

/** A place in the list of cafés by name. */
export type NamePlace = { readonly nameKey: string; readonly id: string }

const columns = ["cafes.id", "cafes.name", "cafes.lat", "cafes.lon", "cafes.address"] as const

/** Chord from `cafes.place` to the point; GiST gives the cafés in this order. */
export function chordTo(point: Point): RawBuilder<number> {
  const [x, y, z] = unitVector(point)
  return sql<number>`cafes.place <-> cube(array[${x}, ${y}, ${z}]::double precision[])`
}

/** The limit stands in the text: with one it does not know, the planner plans this anew at each call (docs/decisions/0037). */
export function cafesNear(db: Db, point: Point, after: NearPlace | undefined, limit: number) {
  const chord = chordTo(point)
  return db
    .selectFrom("cafes")
    .select([...columns, chord.as("chord")])
    .$if(after !== undefined, query =>
      query.where(
        sql<boolean>`(${chord}, cafes.id) > (${after?.chord}::double precision, ${after?.id}::uuid)`,
      ),
    )
    .orderBy(chord)
    .orderBy("cafes.id")
    .limit(sql.lit(limit))
}

/** Cafés whose name contains each of the words, in the order of names. */
export function cafesNamed(db: Db, text: string, after: NamePlace | undefined, limit: number) {
  let query = db.selectFrom("cafes").select([...columns, "cafes.name_key"])
  for (const word of text.split(/\s+/)) {
    query = query.where("cafes.name_key", "like", sql<string>`lower(${patternOf(word)})`)
  }
  return query
    .$if(after !== undefined, query =>
      query.where(sql<boolean>`(cafes.name_key, cafes.id) > (${after?.nameKey}, ${after?.id}::uuid)`),
    )
    .orderBy("cafes.name_key")
    .orderBy("cafes.id")
    .limit(limit)
}

export function cafeById(db: Db, id: string) {
  return db.selectFrom("cafes").select(columns).where("cafes.id", "=", id)
}

/** Trigrams need three characters: a shorter word is looked for at the start of the name, through the B-tree. */
function patternOf(word: string): string {
  const literal = word.replace(/[\\%_]/g, "\\$&")
  return [...word].length < 3 ? `${literal}%` : `%${literal}%`
}
