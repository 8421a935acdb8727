import { appError } from "../../app-errors.ts"

/** An answer as it is kept: to be given again byte for byte. */
export type KeptAnswer = {
  readonly status: number
  readonly headers: ReadonlyArray<readonly [string, string]>
  readonly body: string
}

const maxBodyCharacters = 256 * 1024

/** A cookie is handed out once, to whoever asked first; the day it was is the web tier's to write. */
const notKept: ReadonlySet<string> = new Set(["set-cookie", "date"])

/** The answer as text for the table, and once more for whoever asked. Throws BN2307. */
export async function keptAnswer(given: Response): Promise<{ text: string; response: Response }> {
  const { status, headers } = given
  const body = await given.text()
  if (body.length > maxBodyCharacters)
    throw appError("BN2307", { characters: body.length, most: maxBodyCharacters })
  const kept: KeptAnswer = { status, headers: [...headers].filter(([name]) => !notKept.has(name)), body }
  return { text: JSON.stringify(kept), response: new Response(bodyOf(kept), { status, headers }) }
}

export function readAnswer(text: string): KeptAnswer {
  return JSON.parse(text) as KeptAnswer
}

export function replayedAnswer(kept: KeptAnswer): Response {
  const headers = new Headers(kept.headers.map(([name, value]): [string, string] => [name, value]))
  headers.set("idempotency-replayed", "true")
  return new Response(bodyOf(kept), { status: kept.status, headers })
}

/** Some statuses have no body, not even an empty one (fetch standard, null body status). */
function bodyOf({ status, body }: KeptAnswer): string | null {
  return status === 204 || status === 205 || status === 304 ? null : body
}
