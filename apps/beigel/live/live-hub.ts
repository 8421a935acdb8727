import type { Services } from "banyan"
import { type Kysely, sql } from "kysely"
import { type PostJson, postJson } from "../posts/post-json.ts"
import { selectPosts } from "../posts/posts-queries.ts"
import { encodeId, encodePostId } from "../public-id.ts"
import type { BeigelTables } from "../tables.ts"
import { decodeNotice, LIVE_CHANNEL, type LiveNotice } from "./live-notice.ts"

/** What a live feed shows: a new or edited post as it is now, or that one is gone. Posts are as nobody's in particular. */
export type LiveEvent =
  | { readonly kind: "post" | "edit"; readonly post: PostJson }
  | { readonly kind: "delete"; readonly post: { readonly id: string; readonly cafeId: string } }

/** One live feed. `cafeIds` (UUIDs) may be replaced when its reader moves. */
export type LiveReader = {
  cafeIds: ReadonlySet<string>
  readonly onEvent: (event: LiveEvent) => void
  /** Events may have been missed; read the feed again. */
  readonly onGap: () => void
}

/** More than this waiting to be read from the database, and the readers are told of a gap instead. */
const MAX_WAITING_NOTICES = 1000

/**
 * The live feeds of one process. They share one LISTEN and one read per post: a thousand readers of a busy café cost
 * the database no more than one does. Notices nobody here waits for are not looked up at all.
 */
export class LiveHub {
  readonly #services: Pick<Services<BeigelTables>, "db" | "listen" | "log">
  readonly #readers = new Set<LiveReader>()
  #listening: Promise<unknown> | undefined
  #waiting: LiveNotice[] = []
  #delivering = false

  constructor(services: Pick<Services<BeigelTables>, "db" | "listen" | "log">) {
    this.#services = services
  }

  /** Adds a reader; what is written from now on reaches it. The returned function removes it. */
  async join(reader: LiveReader): Promise<() => void> {
    await this.#listen()
    this.#readers.add(reader)
    return () => this.#readers.delete(reader)
  }

  /** Listens from the first reader on, as long as the process lives: idle, it costs one connection. */
  #listen(): Promise<unknown> {
    this.#listening ??= this.#services
      .listen(
        LIVE_CHANNEL,
        payload => this.#note(payload),
        () => this.#tellGap(),
      )
      .catch(error => {
        this.#listening = undefined
        throw error
      })
    return this.#listening
  }

  #note(payload: string): void {
    const notice = decodeNotice(payload)
    if (notice === undefined || !this.#isAwaited(notice)) return
    this.#waiting.push(notice)
    if (this.#waiting.length > MAX_WAITING_NOTICES) {
      this.#waiting = []
      this.#tellGap()
    }
    if (!this.#delivering) void this.#deliver()
  }

  #isAwaited(notice: LiveNotice): boolean {
    for (const reader of this.#readers) if (reader.cafeIds.has(notice.cafeId)) return true
    return false
  }

  /** Whatever waits is read in one query, and given out in the order in which it was committed. */
  async #deliver(): Promise<void> {
    this.#delivering = true
    while (this.#waiting.length > 0) {
      const notices = this.#waiting.splice(0)
      try {
        const posts = await readPosts(this.#services.db, notices)
        for (const notice of notices) this.#give(notice, posts.get(notice.postId))
      } catch (error) {
        this.#services.log.error({ err: error, notices: notices.length }, "live posts could not be read")
        this.#tellGap()
      }
    }
    this.#delivering = false
  }

  #give(notice: LiveNotice, post: PostJson | undefined): void {
    const event = eventOf(notice, post)
    if (event === undefined) return
    for (const reader of this.#readers) if (reader.cafeIds.has(notice.cafeId)) reader.onEvent(event)
  }

  #tellGap(): void {
    for (const reader of this.#readers) reader.onGap()
  }
}

/** A post that is written and gone again by the time it is read gives only the later `delete`. */
function eventOf(notice: LiveNotice, post: PostJson | undefined): LiveEvent | undefined {
  const { kind } = notice
  if (kind === "delete") return { kind, post: { id: encodePostId(notice), cafeId: encodeId(notice.cafeId) } }
  return post && { kind, post }
}

async function readPosts(
  db: Kysely<BeigelTables>,
  notices: readonly LiveNotice[],
): Promise<Map<string, PostJson>> {
  const wanted = notices.filter(notice => notice.kind !== "delete")
  if (wanted.length === 0) return new Map()
  const keys = wanted.map(notice => sql`(${notice.cafeId}::uuid, ${notice.postId}::uuid)`)
  const rows = await selectPosts(db, undefined)
    .where(sql<boolean>`(posts.cafe_id, posts.id) in (${sql.join(keys)})`)
    .execute()
  return new Map(rows.map(row => [row.id, postJson(row, undefined)]))
}
