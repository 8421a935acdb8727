import type { Clock } from "../../kit/clock.ts"
import { CausalSession, decodeSession, encodeSession, withCausalSession } from "../../tiers/data/index.ts"
import type { WebHandler } from "../define-app.ts"
import type { CausalKeys } from "./causal-keys.ts"
import { sessionCookie } from "./session-cookie.ts"

/** For clients without a cookie jar: whoever sends it, empty the first time, is answered with it and gets no cookie. */
export const causalHeader = "banyan-session"
export const causalCookie = "banyan-seen"

/** A replica that is further behind than this is not read from by anybody. */
const maxAgeMs = 3_600_000
/** As many instances as a service may have, twice over. */
const mostTokens = 64

export type CausalRequestsOptions = {
  /** Of this process, unlike any other's at the same time. */
  readonly instance: string
  readonly keys: CausalKeys
  readonly secure: boolean
  readonly clock: Clock
  /** With one server there is nothing that could be older. */
  readonly isNeeded: () => boolean
}

/**
 * Gives every request of an app the causal session of its user, which travels in cookies: what a user wrote or saw, they
 * see from then on, whichever instance and replica answers. Each instance writes one cookie, `banyan-seen-<instance>`, and
 * reads all of them: two answers that overtake each other on their way cannot take back what the other one said. Set only
 * when it changed. Nothing that stands in a cookie breaks a request.
 */
export function withCausalRequests(app: WebHandler, options: CausalRequestsOptions): WebHandler {
  const requests = new CausalRequests(options)
  const { fetch, upgrade } = app
  return {
    fetch: request => {
      if (!options.isNeeded()) return fetch.call(app, request)
      return requests.answer(request, () => fetch.call(app, request))
    },
    ...(upgrade && {
      upgrade: request => {
        if (!options.isNeeded()) return upgrade.call(app, request)
        return withCausalSession(requests.sessionOf(request), () => upgrade.call(app, request))
      },
    }),
  }
}

/** What the requests of one user see that are here at the same time, and the tokens by which they are known. */
type Visit = { readonly session: CausalSession; readonly tokens: Set<string>; requests: number }

class CausalRequests {
  readonly #options: CausalRequestsOptions
  readonly #cookie: ReturnType<typeof sessionCookie>
  readonly #prefix: string
  /** By token, for as long as a request of it is here: an answer that is late must not tell less than those before it. */
  readonly #visits = new Map<string, Visit>()

  constructor(options: CausalRequestsOptions) {
    const { instance, secure } = options
    this.#options = options
    this.#cookie = sessionCookie({ name: `${causalCookie}-${instance}`, secure, maxAgeMs })
    this.#prefix = `${secure ? "__Host-" : ""}${causalCookie}-`
  }

  async answer(request: Request, work: () => Response | Promise<Response>): Promise<Response> {
    const { tokens, byHeader } = this.#tokensOf(request)
    const visit = this.#enter(tokens)
    const before = new Map(visit.session.positions)
    try {
      const response = await withCausalSession(visit.session, work)
      return this.#tell(response, visit, before, byHeader)
    } finally {
      visit.requests--
      if (visit.requests === 0) for (const token of visit.tokens) this.#forget(token, visit)
    }
  }

  sessionOf(request: Request): CausalSession {
    return this.#read(this.#tokensOf(request).tokens)
  }

  #enter(tokens: readonly string[]): Visit {
    const known = tokens.map(token => this.#visits.get(token)).find(visit => visit !== undefined)
    const visit = known ?? { session: new CausalSession(), tokens: new Set(), requests: 0 }
    visit.requests++
    for (const [shard, position] of this.#read(tokens).positions) visit.session.saw(shard, position)
    for (const token of tokens) this.#remember(token, visit)
    return visit
  }

  #remember(token: string, visit: Visit): void {
    visit.tokens.add(token)
    this.#visits.set(token, visit)
  }

  #forget(token: string, visit: Visit): void {
    if (this.#visits.get(token) === visit) this.#visits.delete(token)
  }

  #tokensOf({ headers }: Request): { readonly tokens: readonly string[]; readonly byHeader: boolean } {
    const header = headers.get(causalHeader)
    if (header !== null) return { tokens: split(header, ",").slice(0, mostTokens), byHeader: true }
    const cookies = split(headers.get("cookie") ?? "", ";")
    const ours = cookies.filter(pair => pair.startsWith(this.#prefix) && pair.includes("="))
    const tokens = ours.map(pair => pair.slice(pair.indexOf("=") + 1).trim()).slice(0, mostTokens)
    return { tokens, byHeader: false }
  }

  #read(tokens: readonly string[]): CausalSession {
    const session = new CausalSession()
    const keys = this.#options.keys.at(this.#options.clock.nowMs())
    for (const token of tokens)
      for (const [shard, position] of decodeSession(token, keys).positions) session.saw(shard, position)
    return session
  }

  #tell(response: Response, visit: Visit, before: ReadonlyMap<string, unknown>, byHeader: boolean): Response {
    const { session } = visit
    const changed = [...session.positions].some(([shard, position]) => before.get(shard) !== position)
    if (!byHeader && (!changed || isShared(response))) return response
    const token = encodeSession(session, this.#options.keys.at(this.#options.clock.nowMs())[0])
    this.#remember(token, visit)
    return byHeader
      ? withHeader(response, causalHeader, token)
      : withHeader(response, "set-cookie", this.#cookie.carry(token))
  }
}

function split(list: string, separator: string): string[] {
  return list
    .split(separator)
    .map(each => each.trim())
    .filter(each => each !== "")
}

/** A cache may give it to others; with a cookie many caches would not keep it, and it says nothing of anybody. */
function isShared({ headers }: Response): boolean {
  return /\b(public|s-maxage)\b/i.test(headers.get("cache-control") ?? "")
}

/** An answer without a body may be one the app gives to everybody, and a redirect's headers cannot be changed. */
function withHeader(response: Response, name: string, value: string): Response {
  if (response.body !== null) {
    try {
      response.headers.append(name, value)
      return response
    } catch {
      // Immutable.
    }
  }
  const copy = new Response(response.body, response)
  copy.headers.append(name, value)
  return copy
}
