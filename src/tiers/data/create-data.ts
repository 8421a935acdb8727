import { Kysely, type PostgresPool as PoolForKysely, PostgresDialect } from "kysely"
import type { Data, DataOptions } from "./data.ts"
import { Listener } from "./postgres/listen.ts"
import { PostgresPool } from "./postgres/pool.ts"
import { Primary } from "./postgres/primary.ts"
import { withSession } from "./postgres/session.ts"

/** Joins the parts: whoever is primary, the pool and the listener that follow it, Kysely above the pool. */
export function createData(options: DataOptions): Data {
  const { clock, log, gate, random = Math.random } = options
  const primary = new Primary(options.credentials, options.name ?? "banyan")
  const pool = new PostgresPool({ server: primary, size: options.poolSize, gate, clock, random, log })
  const listener = new Listener({ primary, clock, random, log })
  // The dialect types the result's `command` more narrowly than node-postgres does.
  const kysely = new Kysely<never>({
    dialect: new PostgresDialect({ pool: pool as unknown as PoolForKysely }),
  })
  return {
    pool,
    db: <DB>() => kysely as unknown as Kysely<DB>,
    apply(map) {
      const address = map.databases.find(database => database.role === "primary")?.address
      if (address === undefined) return
      const changed = primary.moveTo(address)
      if (changed) pool.moved()
      else pool.lookAgain()
      listener.moved(changed)
    },
    report: () => pool.report(),
    listen: (channel, onNotice, onGap = () => {}) => listener.listen(channel, onNotice, onGap),
    session: work => withSession(primary, { clock, random, maxWaitMs: gate.maxWaitMs }, work),
    async close() {
      listener.close()
      await pool.end()
    },
  }
}
