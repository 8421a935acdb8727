import { randomBytes } from "node:crypto"
import { setTimeout as sleep } from "node:timers/promises"
import { exponential, randomInt, seededRandom } from "../../../kit/random.ts"
import type { LoadTarget } from "../../load/load.ts"
import { type BeigelSession, beigelSession } from "./beigel-client.ts"
import { CookieJar } from "./cookie-jar.ts"
import { type Asked, ask } from "./plain-http.ts"

const writerCount = 4
const pauseMeanMs = 10
const password = "correct horse battery"

type User = Pick<BeigelSession, "cookies" | "origin"> & { readonly from?: string }
type Call = {
  readonly method: string
  readonly path: string
  readonly body?: object
  readonly key?: string
  /** The right answer. */
  readonly status: number
  /** One that is right too, where the front door may have sent the request twice: to another instance, when the first was silent. */
  readonly orStatus?: number
  readonly says?: (json: never) => boolean
}

/**
 * Users who write in every way Beigel's API has, one request after the other: sign up, out and in; post with and without
 * a key, edit, like, take the like back, delete. Each answer must be the one of a service that has done every request
 * exactly once. They never retry.
 */
export class ApiUsers {
  #failed: string[] = []
  #underWay = 0
  #answered = 0
  #over = false
  #running: Promise<unknown> = Promise.resolve()
  readonly #target: LoadTarget
  readonly #random

  private constructor(target: LoadTarget, seed: number) {
    this.#target = target
    this.#random = seededRandom(seed)
  }

  static async start(target: LoadTarget, seed: number): Promise<ApiUsers> {
    const users = new ApiUsers(target, seed)
    const writers = await Promise.all(Array.from({ length: writerCount }, () => beigelSession(target)))
    const { origin } = writers[0]!
    const loops = [...writers.map(writer => users.#write(writer)), users.#comeAndGo(origin)]
    users.#running = Promise.all(loops)
    return users
  }

  /** Requests that are sent and not answered. */
  get underWay(): number {
    return this.#underWay
  }

  get answered(): number {
    return this.#answered
  }

  /** What was answered otherwise than it should have been, since this was last asked. */
  takeFailures(): readonly string[] {
    return this.#failed.splice(0)
  }

  /** After the answers that are awaited. */
  async stop(): Promise<void> {
    this.#over = true
    await this.#running
  }

  async #write(user: BeigelSession): Promise<void> {
    for (let nth = 1; !this.#over; nth++) {
      const path = `/api/cafes/${user.cafeId}/posts`
      const key = nth % 2 === 0 ? { key: randomBytes(12).toString("hex") } : {}
      const text = `first words ${nth}`
      const posted = await this.#call(user, {
        ...{ method: "POST", path, body: { text }, status: 201, ...key },
        says: (post: { text: string }) => post.text === text,
      })
      if (posted !== undefined) await this.#workOn(user, `/api/posts/${(posted.json as { id: string }).id}`)
    }
  }

  /** Each step counts on the one before: what was done twice, or not at all, shows. */
  async #workOn(user: BeigelSession, path: string): Promise<void> {
    const text = `second words ${randomBytes(4).toString("hex")}`
    const reads = (post: { text: string }) => post.text === text
    const liked = (count: number) => (post: { likeCount: number }) => post.likeCount === count
    const steps: readonly Call[] = [
      { method: "PATCH", path, body: { text }, status: 200, says: reads },
      { method: "GET", path, status: 200, says: reads },
      { method: "PUT", path: `${path}/like`, status: 200, says: liked(1) },
      { method: "DELETE", path: `${path}/like`, status: 200, says: liked(0) },
      { method: "PUT", path: `${path}/like`, status: 200, says: liked(1) },
      { method: "DELETE", path, status: 204, orStatus: 404 },
      { method: "GET", path, status: 404 },
    ]
    for (const step of steps) if ((await this.#call(user, step)) === undefined) return
  }

  async #comeAndGo(origin: string): Promise<void> {
    while (!this.#over) {
      const handle = `api-${randomBytes(6).toString("hex")}`
      const body = { handle, password }
      const me = (wanted: string | undefined): Call => ({
        ...{ method: "GET", path: "/api/me", status: 200 },
        says: ({ user }: { user: { handle: string } | null }) => user?.handle === wanted,
      })
      const user = { origin, cookies: new CookieJar(), from: this.#somewhere() }
      const steps: readonly Call[] = [
        { method: "POST", path: "/api/signup", body, status: 201 },
        me(handle),
        { method: "POST", path: "/api/logout", status: 204 },
        me(undefined),
        { method: "POST", path: "/api/login", body, status: 200 },
        me(handle),
      ]
      for (const step of steps) if ((await this.#call(user, step)) === undefined) break
    }
  }

  /** Who signs in too often from one address is turned away: each comes from another one of this machine's. */
  #somewhere(): string {
    return `127.1.${randomInt(this.#random, 256)}.${1 + randomInt(this.#random, 254)}`
  }

  /** Undefined when it was not answered as it should be, or all is over. */
  async #call(user: User, call: Call): Promise<Asked | undefined> {
    if (this.#over) return undefined
    const { method, path, body, key, status, orStatus, says = () => true } = call
    const { origin, cookies, from } = user
    const cookie = cookies.header === "" ? {} : { cookie: cookies.header }
    const fields = { origin, ...cookie, ...(key === undefined ? {} : { "idempotency-key": `"${key}"` }) }
    this.#underWay++
    const asked = await ask(this.#target, {
      ...{ method, path, fields },
      ...(body && { body }),
      ...(from === undefined ? {} : { from }),
    })
    this.#underWay--
    cookies.keep(asked.setCookies)
    const isRight = asked.status === orStatus || (asked.status === status && says(asked.json as never))
    if (isRight) this.#answered++
    else this.#failed.push(`${method} ${path} was answered ${asked.status} ${asked.failure ?? asked.detail}`)
    await sleep(exponential(this.#random, pauseMeanMs))
    return isRight ? asked : undefined
  }
}
