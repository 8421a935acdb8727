import { setTimeout as sleep } from "node:timers/promises"
import { askDirectly } from "../../../boot/keeper/direct-session.ts"
import type { Rates } from "./read-shift.ts"

/** Each server's own count. */
export async function ratesOf(ids: readonly string[], lastsMs: number, signal: AbortSignal): Promise<Rates> {
  const counts = () => Promise.all(ids.map(id => transactionsAt(id, signal)))
  const [first, startedMs] = [await counts(), performance.now()]
  await sleep(lastsMs, undefined, { signal })
  const [last, tookMs] = [await counts(), performance.now() - startedMs]
  return Object.fromEntries(ids.map((id, nth) => [id, ((last[nth]! - first[nth]!) * 1000) / tookMs]))
}

async function transactionsAt(id: string, signal: AbortSignal): Promise<number> {
  const { rows } = await askDirectly(
    id,
    signal,
    "select (xact_commit + xact_rollback)::float8 as ended from pg_stat_database where datname = current_database()",
  )
  return (rows[0] as { ended: number }).ended
}
