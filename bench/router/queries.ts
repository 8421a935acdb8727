import type { Kysely } from "kysely"
import { cafeById, cafesNear } from "../../apps/beigel/cafes/cafes-queries.ts"
import { feedNear } from "../../apps/beigel/feed/feed-queries.ts"
import { postByKey, postsOfCafe } from "../../apps/beigel/posts/posts-queries.ts"
import type { BeigelTables } from "../../apps/beigel/tables.ts"

type Db = Kysely<BeigelTables>

/** What Beigel's pages ask most, for one of its posts. */
export type Subject = {
  readonly cafeId: string
  readonly postId: string
  readonly lat: number
  readonly lon: number
}

export type HotQuery = { readonly name: string; ask(db: Db, subject: Subject): Promise<unknown> }

/** Somebody who is logged in: the likes are looked up, too. */
const viewer = "018f0000-0000-7000-8000-000000000001"

export const hotQueries: readonly HotQuery[] = [
  { name: "café by id", ask: (db, { cafeId }) => cafeById(db, cafeId).execute() },
  { name: "post by key", ask: (db, key) => postByKey(db, key, viewer).execute() },
  {
    name: "posts of a café",
    ask: (db, { cafeId }) => postsOfCafe(db, cafeId, viewer, undefined, 20).execute(),
  },
  { name: "cafés near", ask: (db, point) => cafesNear(db, point, undefined, 20).execute() },
  { name: "feed near", ask: (db, point) => feedNear(db, point, viewer, {}, 20).execute() },
]
