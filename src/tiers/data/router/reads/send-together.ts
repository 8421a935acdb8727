import pg from "pg"
import { endsSession } from "../../postgres/lost-work.ts"
import type { PooledClient } from "../../postgres/pooled-client.ts"
import { exchange, type Part, type PartResult, together } from "../statements/exchange.ts"

/** Whether the server is to say how far it has come, before the read and behind it. */
export type Asks = { readonly before: boolean; readonly after: boolean }

export type Answer = {
  readonly before: PartResult | undefined
  readonly result: PartResult
  readonly after: PartResult | undefined
}

/** What became of each, and whether the connection lived. */
type Sent = { readonly outcomes: readonly (Answer | { readonly error: unknown })[]; readonly lost: boolean }

/**
 * Reads as one packet on one connection, each a transaction of its own. `place` is asked once in front of all and once behind
 * all of them. What is not the server's word on one read is the end of the connection: BN2203 for whoever has no answer then.
 */
export async function sendTogether(
  client: PooledClient,
  parts: readonly Part[],
  place: Part,
  asks: Asks,
): Promise<Sent> {
  let settled: readonly PromiseSettledResult<PartResult[]>[] = []
  let lost: unknown
  try {
    await client.send(parts[0]?.statement.text ?? "", async raw => {
      const groups = [asks.before ? [place] : [], ...parts.map(part => [part]), asks.after ? [place] : []]
      const asked = groups.filter(group => group.length > 0)
      settled = await Promise.allSettled(together(raw, () => asked.map(group => exchange(raw, group))))
      for (const each of settled) if (each.status === "rejected" && !isItsOwn(each.reason)) throw each.reason
    })
  } catch (error) {
    lost = error
  }
  const answerAt = (at: number) => {
    const each = settled.at(at)
    return each?.status === "fulfilled" ? each.value[0] : undefined
  }
  const before = asks.before ? answerAt(0) : undefined
  const after = asks.after ? answerAt(-1) : undefined
  const outcomes = parts.map((_, index) => {
    const at = index + Number(asks.before)
    const result = answerAt(at)
    if (result !== undefined) return { before, result, after }
    const each = settled[at]
    return { error: each?.status === "rejected" && isItsOwn(each.reason) ? each.reason : lost }
  })
  return { outcomes, lost: lost !== undefined }
}

/** What the server says of one statement. */
function isItsOwn(error: unknown): boolean {
  return error instanceof pg.DatabaseError && !endsSession(error)
}
