import { Kysely, PostgresDialect } from "kysely"
import pg from "pg"
import type { BeigelTables } from "../../apps/beigel/tables.ts"
import { BanyanDialect, CausalSession, withCausalSession } from "../../src/tiers/data/index.ts"
import type { TemporaryPostgres } from "../../src/tiers/data/postgres/server/temporary-postgres.ts"
import { urlOf } from "../../src/tiers/data/testing/data-for-tests.ts"
import { banyanVersion, packageVersion } from "../versions.ts"
import type { HotQuery, Subject } from "./queries.ts"

type Db = Kysely<BeigelTables>

/** A way to ask the same queries. `asUser` wraps the work of one user. */
export type Contender = {
  readonly name: string
  readonly version: string
  readonly configuration: string
  ask(query: HotQuery, subject: Subject): Promise<unknown>
  asUser<T>(work: () => Promise<T>): Promise<T>
  end(): Promise<void>
}

export const connections = 10

export function banyanContender(
  primary: TemporaryPostgres,
  replicas: readonly TemporaryPostgres[],
  poolSize: number,
): Contender {
  // A busy machine is no failure.
  const patience = { hungAfterMs: 60_000, gate: { maxWaitMs: 60_000 } }
  const urls = { primary: urlOf(primary), replicas: replicas.map(urlOf) }
  const dialect = new BanyanDialect({ ...urls, poolSize, ...patience })
  const db = new Kysely<BeigelTables>({ dialect })
  return {
    name: "BanyanDialect",
    version: banyanVersion,
    configuration: `a primary and ${replicas.length} replicas, ${poolSize} connections to each, each user a causal session`,
    ...askedBy(db),
    asUser: work => withCausalSession(new CausalSession(), work),
  }
}

export function bareContender({ credentials, socketFolder, port }: TemporaryPostgres): Contender {
  const pool = new pg.Pool({ ...credentials, host: socketFolder, port, max: connections })
  return {
    name: "Kysely + pg",
    version: `${packageVersion("kysely")} + ${packageVersion("pg")}`,
    configuration: `its PostgresDialect, the primary alone, ${connections} connections`,
    ...askedBy(new Kysely<BeigelTables>({ dialect: new PostgresDialect({ pool }) })),
    asUser: work => work(),
  }
}

export function askedBy(db: Db): Pick<Contender, "ask" | "end"> {
  return { ask: (query, subject) => query.ask(db, subject), end: () => db.destroy() }
}
