import { BeigelMix } from "./beigel-mix.ts"
import type { LoadRequest, LoadTarget, Scenario } from "./load.ts"
import { authorityOf } from "./load-connection.ts"

/** What the console's load asks: Beigel's users where the service is Beigel, `GET /` of any other. */
export type ServiceMix = { readonly name: "beigel" | "root"; readonly scenario: Scenario }

const lookWithinMs = 5_000

export async function mixFor(target: LoadTarget, seed: number): Promise<ServiceMix> {
  return (await isBeigel(target))
    ? { name: "beigel", scenario: new BeigelMix({ target, seed }) }
    : { name: "root", scenario: { next: () => root } }
}

const root: LoadRequest = { kind: "root", method: "GET", target: "/", isExpected: () => true }

async function isBeigel(target: LoadTarget): Promise<boolean> {
  const url = `http://${authorityOf(target)}/api/cafes?lat=40.7581&lon=-73.9855&limit=1`
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(lookWithinMs) })
    const body: unknown = await answer.json()
    return answer.ok && Array.isArray((body as { items?: unknown }).items)
  } catch {
    return false
  }
}
