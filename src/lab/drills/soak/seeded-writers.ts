import { createHash } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"
import type { LoadTarget } from "../../load/load.ts"
import { type BeigelSession, beigelSession } from "../stage/beigel-client.ts"
import { type Asked, ask } from "../stage/plain-http.ts"
import { type SeededWrite, WriteSequence } from "./write-sequence.ts"

const handles = ["writer-1", "writer-2"] as const

/** What is there that any two services must agree on after the same writes; a hash each, and how much it is of. */
export type StableRows = {
  readonly posts: number
  readonly postsHash: string
  readonly cafes: number
  readonly cafesHash: string
}

type Writer = BeigelSession & { readonly sequence: WriteSequence; readonly ids: string[] }

/**
 * Users with fixed names who make a seeded sequence of writes, each on a café of its own, one after the other. What
 * they leave behind can be compared between services: texts, authors, cafés, order and likes, not ids or times.
 */
export class SeededWriters {
  readonly #target: LoadTarget
  readonly #writers: readonly Writer[]

  private constructor(target: LoadTarget, writers: readonly Writer[]) {
    this.#target = target
    this.#writers = writers
  }

  static async signUp(target: LoadTarget, seed: number): Promise<SeededWriters> {
    const writers: Writer[] = []
    for (const [nth, handle] of handles.entries()) {
      // Away from the places where the load and the recorded sessions write.
      const session = await beigelSession(target, { handle, nearby: { lat: 40.6, lon: -74.0, nth } })
      writers.push({ ...session, sequence: new WriteSequence(handle, seed + nth), ids: [] })
    }
    return new SeededWriters(target, writers)
  }

  /** Each makes so many writes, with a pause after each. Says which were not answered as they should be. */
  async write(count: number, pauseMs: number, signal: AbortSignal): Promise<string[]> {
    const all = this.#writers.map(async writer => {
      const failed: string[] = []
      for (let left = count; left > 0 && !signal.aborted; left--) {
        const write = writer.sequence.next()
        const asked = await this.#make(writer, write)
        const { status, failure = "", detail } = asked
        if (status < 200 || status > 299) failed.push(`${write.type}: ${status} ${failure} ${detail}`)
        if (write.type === "post") writer.ids.push(String((asked.json as { id?: string } | null)?.id))
        if (pauseMs > 0) await sleep(pauseMs, undefined, { signal }).catch(() => {})
      }
      return failed
    })
    return (await Promise.all(all)).flat()
  }

  /** Read as any client would. */
  async rows(): Promise<StableRows> {
    const posts: string[] = []
    for (const { cafeId, cookies } of this.#writers) {
      const items = await this.#everyItem<Post>(`/api/cafes/${cafeId}/posts?limit=100`, cookies.header)
      const own = items.filter(({ handle }) => handles.some(known => known === handle))
      posts.push(...own.map(stablePost))
    }
    const cafes = await this.#everyItem<object>("/api/cafes?lat=40.7&lon=-74&limit=100", "")
    const lines = cafes.map(cafe => JSON.stringify(cafe))
    return { posts: posts.length, postsHash: hashOf(posts), cafes: lines.length, cafesHash: hashOf(lines) }
  }

  #make({ cafeId, origin, cookies, ids }: Writer, write: SeededWrite): Promise<Asked> {
    const fields = { origin, cookie: cookies.header }
    const send = (method: string, path: string, body?: object) =>
      ask(this.#target, { method, path, fields, ...(body === undefined ? {} : { body }) })
    if (write.type === "post") return send("POST", `/api/cafes/${cafeId}/posts`, { text: write.text })
    const path = `/api/posts/${ids[write.post]}`
    if (write.type === "edit") return send("PATCH", path, { text: write.text })
    if (write.type === "delete") return send("DELETE", path)
    return send(write.type === "like" ? "PUT" : "DELETE", `${path}/like`)
  }

  async #everyItem<T>(path: string, cookie: string): Promise<T[]> {
    const items: T[] = []
    for (let cursor: string | null = ""; cursor !== null; ) {
      const page = `${path}${cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`}`
      const { status, detail, json } = await ask(this.#target, {
        method: "GET",
        path: page,
        fields: { cookie },
      })
      if (status !== 200) throw new Error(`GET ${page} answers ${status} ${detail}`)
      const { items: more, nextCursor } = json as { items: T[]; nextCursor: string | null }
      items.push(...more)
      cursor = nextCursor
    }
    return items
  }
}

type Post = {
  readonly cafeId: string
  readonly handle: string
  readonly text: string
  readonly editedAt: string | null
  readonly likedByMe: boolean
}

/** Without ids and times. How many like it is left out: the load does, too. */
function stablePost({ cafeId, handle, text, editedAt, likedByMe }: Post): string {
  return JSON.stringify([cafeId, handle, text, editedAt !== null, likedByMe])
}

function hashOf(lines: readonly string[]): string {
  return createHash("sha256").update(lines.join("\n")).digest("hex").slice(0, 16)
}
