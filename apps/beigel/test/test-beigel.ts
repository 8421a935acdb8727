import type { TestContext } from "node:test"
import { createPostgresSessions, type Services, type WebHandler } from "banyan"
import { checkShardKeys, createData, createTransact, createTransactTable, migrate } from "banyan/data"
import type { Kysely } from "kysely"
import { systemClock } from "../../../src/kit/node/system-clock.ts"
import { temporaryPostgres } from "../../../src/tiers/data/postgres/server/temporary-postgres.ts"
import app from "../app.ts"
import { type BeigelTables, tables } from "../tables.ts"
import { Visitor } from "./visitor.ts"

const silent = { info() {}, error() {} }

export type TestBeigel = {
  readonly db: Kysely<BeigelTables>
  readonly services: Services<BeigelTables>
  readonly web: WebHandler
  /** Somebody with a cookie jar of their own, nobody yet. */
  visitor(): Visitor
  /** Somebody with a new account. */
  member(handle: string): Promise<Visitor>
}

/**
 * Beigel on a real, empty Postgres of its own, asked through `fetch` without a network. The one place where Beigel's
 * tests reach past the platform's doors: they need the platform's own data tier, not an imitation.
 */
export async function testBeigel(
  t: TestContext,
  options: Services<BeigelTables>["options"] = {},
): Promise<TestBeigel> {
  // Last made, first ended: connections before the server they lead to.
  const endings: (() => unknown)[] = []
  t.after(async () => {
    for (const end of endings.toReversed()) await end()
  })
  const { address, credentials } = await temporaryPostgres({
    after: end => endings.push(end as () => unknown),
  })
  const data = createData({
    credentials,
    poolSize: 8,
    gate: { maxWaiting: 1000, maxWaitMs: 30_000 },
    clock: systemClock,
    log: silent,
  })
  endings.push(() => data.close())
  data.apply({
    wire: 1,
    epoch: { term: 1, counter: 1 },
    stage: "single",
    fronts: [],
    backends: [],
    databases: [{ id: "postgres-1", role: "primary", address }],
    settings: { drainTimeoutMs: 1000 },
  })
  await migrate(data, new URL("../migrations", import.meta.url).pathname)
  await checkShardKeys(data, tables)
  const db = data.db<BeigelTables>()
  await createTransactTable(db)
  const transact = createTransact({ db })
  const services: Services<BeigelTables> = {
    db,
    transact,
    sessions: createPostgresSessions({ db, transact, secure: false }),
    listen: (channel, onNotice, onGap) => data.listen(channel, onNotice, onGap),
    options,
    log: silent,
  }
  await app.data?.seed?.(services, () => {})
  const web = await app.web(services, () => {})
  const visitor = () => new Visitor(web)
  return {
    db,
    services,
    web,
    visitor,
    async member(handle) {
      const somebody = visitor()
      await somebody.signUp(handle)
      return somebody
    },
  }
}
