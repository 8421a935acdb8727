import { converse, type Seen } from "./conversation.ts"
import { corpus, type Http2Case } from "./corpus.ts"
import { isAllowed } from "./judge.ts"
import type { RunningServer } from "./servers.ts"

/** Connections at once: the cases have nothing to do with each other. */
const atOnce = 8

export type Result = { readonly wanted: Http2Case; readonly seen: Seen; readonly allowed: boolean }

/** Every case on a connection of its own. Who has not answered as allowed by `patienceMs` will not. */
export async function runCorpus({ address }: RunningServer, patienceMs: number): Promise<Result[]> {
  const results: Result[] = []
  for (let at = 0; at < corpus.length; at += atOnce) {
    const lot = corpus.slice(at, at + atOnce).map(async wanted => {
      const seen = await converse(address, wanted, so => isAllowed(wanted, so), patienceMs)
      return { wanted, seen, allowed: isAllowed(wanted, seen) }
    })
    results.push(...(await Promise.all(lot)))
  }
  return results
}
