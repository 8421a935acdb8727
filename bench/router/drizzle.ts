import { type SQL, sql } from "drizzle-orm"
import { drizzle } from "drizzle-orm/node-postgres"
import { withReplicas } from "drizzle-orm/pg-core"
import {
  type CompiledQuery,
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
} from "kysely"
import pg from "pg"
import type { BeigelTables } from "../../apps/beigel/tables.ts"
import type { TemporaryPostgres } from "../../src/tiers/data/postgres/server/temporary-postgres.ts"
import { packageVersion } from "../versions.ts"
import type { Contender } from "./contenders.ts"
import type { HotQuery, Subject } from "./queries.ts"

/**
 * Drizzle's `withReplicas` as it comes: a replica at random for each select, by statements without a name. Each of Beigel's
 * queries stands in it as it is, `select ... from (...)`, so that it is routed by Drizzle and planned like the others'.
 */
export function drizzleContender(
  primary: TemporaryPostgres,
  replicas: readonly TemporaryPostgres[],
  poolSize: number,
): Contender {
  const pools = [primary, ...replicas].map(
    ({ credentials, socketFolder, port }) =>
      new pg.Pool({ ...credentials, host: socketFolder, port, max: poolSize }),
  )
  const [first, ...others] = pools.map(pool => drizzle(pool))
  const db = withReplicas(first!, others as [(typeof others)[number], ...typeof others])
  const known = new Map<string, { readonly query: CompiledQuery; readonly columns: readonly string[] }>()
  const compiled = async (query: HotQuery, subject: Subject) => {
    const key = `${query.name} ${subject.postId}`
    const before = known.get(key)
    if (before !== undefined) return before
    const found = await compile(query, subject)
    const { fields } = await pools[0]!.query(found.sql, [...found.parameters])
    const entry = { query: found, columns: fields.map(({ name }) => name) }
    known.set(key, entry)
    return entry
  }
  return {
    name: "Drizzle withReplicas",
    version: `${packageVersion("drizzle-orm")} + ${packageVersion("pg")}`,
    configuration: `a primary and ${replicas.length} replicas, ${poolSize} connections to each, no session`,
    async ask(query, subject) {
      const { query: found, columns } = await compiled(query, subject)
      const fields = Object.fromEntries(
        columns.map(name => [name, sql`${sql.identifier("q")}.${sql.identifier(name)}`]),
      )
      await db.select(fields).from(sql`(${statementOf(found)}) as q`)
    },
    asUser: work => work(),
    end: async () => void (await Promise.all(pools.map(pool => pool.end()))),
  }
}

/** As Drizzle's users write SQL: text between parameters. */
function statementOf({ sql: text, parameters }: CompiledQuery): SQL {
  const statement = sql.empty()
  let at = 0
  for (const { 0: place, index } of text.matchAll(/\$\d+/g)) {
    statement.append(sql.raw(text.slice(at, index)))
    statement.append(sql`${parameters[Number(place.slice(1)) - 1]}`)
    at = index + place.length
  }
  return statement.append(sql.raw(text.slice(at)))
}

/** What Kysely makes of it; nobody is asked. */
async function compile(query: HotQuery, subject: Subject): Promise<CompiledQuery> {
  let found: CompiledQuery | undefined
  const db = new Kysely<BeigelTables>({
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: db => new PostgresIntrospector(db),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
    log: event => {
      found = event.query
    },
  })
  await query.ask(db, subject)
  return found!
}
