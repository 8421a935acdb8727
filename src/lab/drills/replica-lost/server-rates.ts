import { setTimeout as sleep } from "node:timers/promises"
import { DirectSession } from "../../../boot/keeper/direct-session.ts"
import { orAborted } from "../../../kit/node/until.ts"
import type { Rates } from "./read-shift.ts"

const lookEveryMs = 50
/** The app's role, as every server of ours knows it. */
const app = "app"

/**
 * Statements of the app that read or wrote a page, as each server counts them itself. They are counted as they end.
 * Its transactions would not do: who has some to tell of does so once a second, and who then falls idle ten seconds
 * later, or when it is next given something to do (`pgstat_report_stat`).
 */
const countText = `select coalesce(sum(calls), 0)::float8 as ended
  from pg_stat_statements(false) s join pg_roles r on r.oid = s.userid
  where r.rolname = $1 and s.shared_blks_hit + s.shared_blks_read > 0`

/** Resolves when all of them count. */
export async function letThemCount(
  primary: string,
  replicas: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  await inSession(primary, signal, session =>
    session.ask("create extension if not exists pg_stat_statements"),
  )
  const counts = `select to_regproc('pg_stat_statements') is not null as "isThere"`
  for (const id of replicas)
    await inSession(id, signal, async session => {
      while ((await session.ask(counts)).rows[0]?.["isThere"] !== true)
        await sleep(lookEveryMs, undefined, { signal })
    })
}

/** Statements a second at each of those servers, which count (`letThemCount`). */
export async function ratesOf(ids: readonly string[], lastsMs: number, signal: AbortSignal): Promise<Rates> {
  const counts = () => Promise.all(ids.map(id => statementsAt(id, signal)))
  const [first, startedMs] = [await counts(), performance.now()]
  await sleep(lastsMs, undefined, { signal })
  const [last, tookMs] = [await counts(), performance.now() - startedMs]
  return Object.fromEntries(ids.map((id, nth) => [id, ((last[nth]! - first[nth]!) * 1000) / tookMs]))
}

function statementsAt(id: string, signal: AbortSignal): Promise<number> {
  return inSession(id, signal, async session => {
    const { rows } = await session.ask(countText, [app])
    return rows[0]?.["ended"] as number
  })
}

async function inSession<T>(
  id: string,
  signal: AbortSignal,
  work: (session: DirectSession) => Promise<T>,
): Promise<T> {
  const session = await DirectSession.open(id, signal, "superuser")
  try {
    return await orAborted(work(session), signal)
  } finally {
    session.close()
  }
}
