import { randomBytes } from "node:crypto"
import type { LoadTarget } from "../load/load.ts"

/** What a drill's streams need of the reference service: a session and a café. Plain HTTP, as any client would. */
export type BeigelSession = { readonly cookie: string; readonly origin: string; readonly cafeId: string }

export async function beigelSession(target: LoadTarget): Promise<BeigelSession> {
  const origin = `http://${target.host}:${target.port}`
  const handle = `drill-${randomBytes(4).toString("hex")}`
  const signup = await fetch(`${origin}/api/signup`, {
    method: "POST",
    headers: { "content-type": "application/json", origin },
    body: JSON.stringify({ handle, password: `correct horse ${handle}` }),
  })
  const cookie = signup.headers
    .getSetCookie()
    .map(value => value.split(";", 1)[0])
    .join("; ")
  const cafes = (await (await fetch(`${origin}/api/cafes?lat=40.7265&lon=-73.9815&limit=1`)).json()) as {
    items: { id: string }[]
  }
  const cafeId = cafes.items[0]?.id
  if (!signup.ok || cafeId === undefined)
    throw new Error(`Beigel does not answer as it should: ${signup.status}`)
  return { cookie, origin, cafeId }
}
