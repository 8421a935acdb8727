import { defineTables, lookup, reference, sharded } from "banyan/data"
import type { ColumnType, Generated } from "kysely"

/** Beigel's tables as Kysely sees them. Ids are UUIDs; the shard key leads every primary key. */
export type BeigelTables = {
  cafes: CafesTable
  posts: PostsTable
  likes: LikesTable
  users: UsersTable
  handles: HandlesTable
  sessions: SessionsTable
  login_attempts: LoginAttemptsTable
  idempotency_keys: IdempotencyKeysTable
  seeded: SeededTable
}

/** When it was made: given once, never changed. */
type Moment = ColumnType<Date, Date, never>

export type CafesTable = {
  id: string
  name: string
  lat: number
  lon: number
  address: string
  /** The name in lower case, for searching; kept by the database. */
  name_key: ColumnType<string, never, never>
  /** The unit vector of the place as a `cube`, for nearest-first; kept by the database. */
  place: ColumnType<string, never, never>
}

export type PostsTable = {
  cafe_id: string
  /** UUIDv7: its order is the order of time. */
  id: string
  user_id: string
  /** Copied from the author, who lives on another shard. A handle never changes. */
  handle: string
  text: string
  created_at: Moment
  edited_at: ColumnType<Date | null, never, Date>
  like_count: Generated<number>
}

export type LikesTable = { cafe_id: string; post_id: string; user_id: string }

export type UsersTable = { id: string; handle: string; password: string; created_at: Moment }

/** Who holds a handle; `handle` is in lower case here. */
export type HandlesTable = { handle: string; user_id: string }

/** Sessions, log-in attempts and idempotency keys belong to the platform; only their keys are told here. */
export type SessionsTable = { user_id: string }
export type LoginAttemptsTable = { key: string }
/** `home` is the café that was written about: the key lies on the shard of the post. */
export type IdempotencyKeysTable = { home: string }

/** How far the seed has come, so that it is safe to repeat. */
export type SeededTable = { what: string; state: string }

export const tables = defineTables<BeigelTables>()({
  cafes: reference(),
  posts: sharded("cafe_id"),
  likes: sharded("cafe_id"),
  users: sharded("id"),
  handles: lookup("handle"),
  sessions: sharded("user_id"),
  login_attempts: lookup("key"),
  idempotency_keys: sharded("home"),
  seeded: reference(),
})
