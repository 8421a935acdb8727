import { type Kysely, sql } from "kysely"

/**
 * Cafés and what is written about them. No foreign key leads to `cafes`: it is a reference table, whose copies on the
 * shards are filled by replication, which checks none. `likes` lies beside its posts on every shard and may have one.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  // Both are trusted extensions of contrib: the owner of the database may create them.
  await sql`create extension if not exists cube`.execute(db)
  await sql`create extension if not exists pg_trgm`.execute(db)
  await createCafes(db)

  await sql`
    create table posts (
      cafe_id uuid not null,
      id uuid not null,
      user_id uuid not null,
      handle text not null,
      text text not null,
      created_at timestamptz not null,
      edited_at timestamptz,
      like_count integer not null default 0 check (like_count >= 0),
      primary key (cafe_id, id)
    )`.execute(db)
  await sql`
    create table likes (
      cafe_id uuid not null,
      post_id uuid not null,
      user_id uuid not null,
      primary key (cafe_id, post_id, user_id),
      foreign key (cafe_id, post_id) references posts (cafe_id, id) on delete cascade
    )`.execute(db)
}

/**
 * `place` is the unit vector of (lat, lon): the `<->` of two of them orders exactly as distance over the ground, and
 * GiST answers "nearest first" from the index. `name_key` is compared byte by byte, so that one B-tree serves prefixes
 * and paging whatever the locale of the database; trigrams serve what stands inside a name.
 */
async function createCafes(db: Kysely<unknown>): Promise<void> {
  await sql`
    create table cafes (
      id uuid primary key,
      name text not null,
      lat double precision not null check (lat between -90 and 90),
      lon double precision not null check (lon between -180 and 180),
      address text not null,
      name_key text collate "C" generated always as (lower(name)) stored,
      place cube generated always as (cube(array[
        cos(radians(lat)) * cos(radians(lon)),
        cos(radians(lat)) * sin(radians(lon)),
        sin(radians(lat))
      ])) stored
    )`.execute(db)
  await sql`create index cafes_place on cafes using gist (place)`.execute(db)
  await sql`create index cafes_name on cafes (name_key, id)`.execute(db)
  await sql`create index cafes_name_inside on cafes using gin (name_key gin_trgm_ops)`.execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table likes, posts, cafes`.execute(db)
}
