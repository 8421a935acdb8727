import { randomUUID } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"
import type { LoadTarget } from "../../load/load.ts"
import { type BeigelSession, beigelSession, everyPost } from "../stage/beigel-client.ts"
import { ask } from "../stage/plain-http.ts"
import type { KeptPosts } from "./kept-posts.ts"

/** Marks the posts of these users among those of others. */
const mark = "kept "
const paceMs = 20

/** Users who add posts to one café, each post once, every one noted before it is sent; nobody retries. */
export class PostingUsers {
  readonly #target: LoadTarget
  readonly #users: readonly BeigelSession[]
  readonly #posts: KeptPosts
  #stop = new AbortController()
  #running: Promise<unknown> = Promise.resolve()
  #failed: { readonly atMs: number; readonly words: string }[] = []

  private constructor(target: LoadTarget, users: readonly BeigelSession[], posts: KeptPosts) {
    this.#target = target
    this.#users = users
    this.#posts = posts
  }

  static async signUp(target: LoadTarget, posts: KeptPosts, count = 3): Promise<PostingUsers> {
    const users: BeigelSession[] = []
    for (let nth = 0; nth < count; nth++) users.push(await beigelSession(target))
    return new PostingUsers(target, users, posts)
  }

  begin(): void {
    this.#stop = new AbortController()
    this.#failed = []
    this.#running = Promise.all(this.#users.map(user => this.#post(user)))
  }

  /** After the answers that are awaited. Gives what had failed before `strikeMs`, as sentences. */
  async end(strikeMs: number): Promise<string[]> {
    this.#stop.abort()
    await this.#running
    return this.#failed.filter(({ atMs }) => atMs < strikeMs).map(({ words }) => words)
  }

  /** What is there now. Throws when it cannot be read. */
  async there(): Promise<string[]> {
    const texts = await everyPost(this.#target, this.#users[0]!, this.#users[0]!.cookies.header)
    return texts.filter(text => text.startsWith(mark))
  }

  async #post({ origin, cookies, cafeId }: BeigelSession): Promise<void> {
    const { signal } = this.#stop
    const path = `/api/cafes/${cafeId}/posts`
    while (!signal.aborted) {
      const text = `${mark}${randomUUID()}`
      const sentAtMs = Date.now()
      this.#posts.sent({ text, sentAtMs })
      const fields = { origin, cookie: cookies.header }
      const asked = await ask(this.#target, { method: "POST", path, fields, body: { text } })
      cookies.keep(asked.setCookies)
      if (asked.status === 201) this.#posts.sent({ text, sentAtMs, acknowledgedAtMs: Date.now() })
      else
        this.#failed.push({
          atMs: Date.now(),
          words: `a write was answered with ${asked.status} ${asked.failure ?? asked.detail}`,
        })
      await sleep(paceMs, undefined, { signal }).catch(() => {})
    }
  }
}
