import { fieldValues } from "../../http1/index.ts"
import { type Random, randomInt, seededRandom } from "../../kit/random.ts"
import type { LoadAnswer, LoadRequest, LoadTarget, Scenario } from "./load.ts"
import { authorityOf } from "./load-connection.ts"
import { loadError } from "./load-errors.ts"

export type BeigelMixOptions = {
  readonly target: LoadTarget
  readonly seed: number
  /** Accounts that write, signed up before the load. Default 4. */
  readonly accounts?: number
  /** Share of requests that write. Default 0.1. */
  readonly writeShare?: number
  /** Share of the posts that carry an `Idempotency-Key`. Default 0.5. */
  readonly keyedShare?: number
}

/** The parts of New York that people look for cafés in. */
const places = [
  { lat: 40.7581, lon: -73.9855 },
  { lat: 40.7265, lon: -73.9815 },
  { lat: 40.7143, lon: -73.9614 },
  { lat: 40.6782, lon: -73.9442 },
  { lat: 40.7644, lon: -73.9235 },
  { lat: 40.8116, lon: -73.9465 },
]

/** Cafés and posts remembered at most: the newest posts, so that likes fall on what people see. */
const maxPosts = 500

/**
 * What Beigel's users do: nine in ten look (cafés near, one café, its posts, the feed near them), one in ten writes
 * (a post, every second one with a key by which it may be repeated, or a like on a recent one), with sessions from real sign-ups.
 */
export class BeigelMix implements Scenario {
  readonly #random: Random
  readonly #origin: string
  readonly #run: string
  readonly #accounts: number
  readonly #writeShare: number
  readonly #keyedShare: number
  readonly #cookies: string[] = []
  #cafes: string[] = []
  readonly #posts: string[] = []
  #written = 0

  constructor(options: BeigelMixOptions) {
    this.#random = seededRandom(options.seed)
    this.#origin = `http://${authorityOf(options.target)}`
    // Handles must be new in each run, or the passwords of an earlier one would not fit.
    this.#run = `${Date.now().toString(36)}${randomInt(this.#random, 1296).toString(36)}`
    this.#accounts = options.accounts ?? 4
    this.#writeShare = options.writeShare ?? 0.1
    this.#keyedShare = options.keyedShare ?? 0.5
  }

  async prepare(send: (request: LoadRequest) => Promise<LoadAnswer>): Promise<void> {
    const ids = new Set<string>()
    for (const { lat, lon } of places) {
      const answer = await send(this.#get("cafes", `/api/cafes?lat=${lat}&lon=${lon}&limit=20`))
      for (const id of itemIds(answer)) ids.add(id)
    }
    this.#cafes = [...ids]
    if (ids.size === 0) throw unusable("GET", "/api/cafes", "no cafés")
    for (let nth = 0; nth < this.#accounts; nth++) {
      this.#cookies.push(await signUp(send, this.#origin, `load-${this.#run}-${nth}`))
    }
  }

  next(): LoadRequest {
    return this.#random() < this.#writeShare ? this.#write() : this.#read()
  }

  #read(): LoadRequest {
    const { lat, lon } = this.#somewhere()
    switch (randomInt(this.#random, 4)) {
      case 0:
        return this.#get("cafes", `/api/cafes?lat=${lat}&lon=${lon}&limit=20`)
      case 1:
        return this.#get("cafe", `/api/cafes/${this.#one(this.#cafes)}`)
      case 2:
        return this.#get("posts", `/api/cafes/${this.#one(this.#cafes)}/posts`)
      default:
        return this.#get("feed", `/api/feed?lat=${lat}&lon=${lon}`)
    }
  }

  #write(): LoadRequest {
    const cookie = this.#one(this.#cookies)
    const mayLike = this.#posts.length > 0 && this.#random() < 0.3
    if (mayLike) {
      const target = `/api/posts/${this.#one(this.#posts)}/like`
      return { kind: "like", method: "PUT", target, fields: writeFields(this.#origin, cookie) }
    }
    const name = `${this.#run} post ${++this.#written}`
    const key = this.#random() < this.#keyedShare ? ["Idempotency-Key", `"${name}"`] : []
    return {
      kind: "post",
      method: "POST",
      target: `/api/cafes/${this.#one(this.#cafes)}/posts`,
      fields: [...writeFields(this.#origin, cookie), ...key],
      body: JSON.stringify({ text: `Load ${name}: a good table by the window.` }),
      onAnswer: answer => this.#learnPost(answer),
    }
  }

  #learnPost(answer: LoadAnswer): void {
    const { id } = jsonOf(answer) as { id?: unknown }
    if (answer.status >= 300 || typeof id !== "string") return
    if (this.#posts.length === maxPosts) this.#posts.shift()
    this.#posts.push(id)
  }

  #get(kind: string, target: string): LoadRequest {
    return { kind, method: "GET", target, fields: ["Accept", "application/json"] }
  }

  #somewhere(): { lat: string; lon: string } {
    const { lat, lon } = this.#one(places)
    const near = () => (this.#random() - 0.5) * 0.03
    return { lat: (lat + near()).toFixed(5), lon: (lon + near()).toFixed(5) }
  }

  #one<T>(items: readonly T[]): T {
    return items[randomInt(this.#random, items.length)] as T
  }
}

/** Makes an account and resolves with the Cookie value of its session. */
export async function signUp(
  send: (request: LoadRequest) => Promise<LoadAnswer>,
  origin: string,
  handle: string,
): Promise<string> {
  const request: LoadRequest = {
    kind: "signup",
    method: "POST",
    target: "/api/signup",
    fields: writeFields(origin),
    body: JSON.stringify({ handle, password: `correct horse ${handle}` }),
  }
  const answer = await send(request)
  const cookie = fieldValues(answer.fields, "set-cookie")
    .map(value => value.split(";", 1)[0]!)
    .join("; ")
  if (answer.status >= 300 || cookie === "") {
    const reason = `status ${answer.status} ${cookie === "" ? "without a cookie" : ""} ${answer.body.toString("utf8", 0, 200)}`
    throw unusable("POST", request.target, reason)
  }
  return cookie
}

/** What an unsafe request carries: a browser's proof of its origin, and the session. */
export function writeFields(origin: string, cookie?: string): string[] {
  const fields = ["Content-Type", "application/json", "Origin", origin]
  return cookie === undefined ? fields : [...fields, "Cookie", cookie]
}

function unusable(method: string, target: string, reason: string): Error {
  return loadError("BN3002", { method, target, reason })
}

function itemIds(answer: LoadAnswer): string[] {
  const { items } = jsonOf(answer) as { items?: unknown }
  return Array.isArray(items) ? items.map(item => String(item.id)) : []
}

/** The answer's JSON object; empty when it is none. */
function jsonOf(answer: LoadAnswer): object {
  try {
    const value: unknown = JSON.parse(answer.body.toString("utf8"))
    return typeof value === "object" && value !== null ? value : {}
  } catch {
    return {}
  }
}
