import { randomBytes } from "node:crypto"
import type { LoadTarget } from "../../load/load.ts"
import { loadError } from "../../load/load-errors.ts"
import { CookieJar } from "./cookie-jar.ts"
import { ask } from "./plain-http.ts"

/**
 * What a drill's streams need of the reference service: a user who is signed in, and a café. Plain HTTP, as any client
 * would. Whoever reads again what they wrote keeps the cookies of every answer, as a browser does: what a user has seen
 * travels in them.
 */
export type BeigelSession = { readonly cookies: CookieJar; readonly origin: string; readonly cafeId: string }

export type BeigelUser = {
  /** A new name unless given. */
  readonly handle?: string
  /** The `nth` nearest café to this place, counted from 0; the nearest in the East Village unless given. */
  readonly nearby?: { readonly lat: number; readonly lon: number; readonly nth: number }
}

const eastVillage = { lat: 40.7265, lon: -73.9815, nth: 0 }

/** Throws BN3005 when it is another app that answers. */
export async function beigelSession(target: LoadTarget, user: BeigelUser = {}): Promise<BeigelSession> {
  const { handle = `drill-${randomBytes(4).toString("hex")}`, nearby = eastVillage } = user
  const { lat, lon, nth } = nearby
  const origin = `http://${target.host}:${target.port}`
  const signup = await fetch(`${origin}/api/signup`, {
    method: "POST",
    headers: { "content-type": "application/json", origin },
    body: JSON.stringify({ handle, password: `correct horse ${handle}` }),
  })
  const cookies = new CookieJar()
  cookies.keep(signup.headers.getSetCookie())
  if (!signup.ok || cookies.header === "") throw notBeigel("POST /api/signup", signup, "no cookie")
  const near = `/api/cafes?lat=${lat}&lon=${lon}&limit=${nth + 1}`
  const cafes = await fetch(`${origin}${near}`)
  const cafeId = idAt(nth, await cafes.text())
  if (!cafes.ok || cafeId === undefined) throw notBeigel(`GET ${near}`, cafes, "too few cafés")
  return { cookies, origin, cafeId }
}

/** The texts of all posts of the session's café, the newest first, for these cookies. Throws when a page cannot be read. */
export async function everyPost(
  target: LoadTarget,
  { origin, cafeId }: Pick<BeigelSession, "origin" | "cafeId">,
  cookie: string,
): Promise<string[]> {
  const texts: string[] = []
  // The service's own name, whichever way leads to it.
  const fields = { host: new URL(origin).host, origin, cookie }
  for (let cursor: string | null = ""; cursor !== null; ) {
    const path: string = `/api/cafes/${cafeId}/posts?limit=100${cursor === "" ? "" : `&cursor=${cursor}`}`
    const { status, failure, detail, json } = await ask(target, { method: "GET", path, fields })
    if (status !== 200) throw new Error(`GET ${path} was answered with ${status} ${failure ?? detail}`)
    const page = json as { items: { text: string }[]; nextCursor: string | null }
    texts.push(...page.items.map(({ text }) => text))
    cursor = page.nextCursor
  }
  return texts
}

function idAt(nth: number, text: string): string | undefined {
  try {
    return (JSON.parse(text) as { items: { id: string }[] }).items[nth]?.id
  } catch {
    return undefined
  }
}

function notBeigel(request: string, { ok, status }: Response, missing: string): Error {
  return loadError("BN3005", { request, answer: ok ? `${status} with ${missing}` : `status ${status}` })
}
