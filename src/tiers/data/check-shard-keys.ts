import { sql } from "kysely"
import type { Data } from "./data.ts"
import { dataError } from "./data-errors.ts"
import type { TableDeclarations } from "./tables.ts"

type TableKeys = { readonly name: string; readonly primary_key: string[] | null }

/**
 * Holds the declarations against the real database: a declared table exists, and the primary key of one that is spread
 * starts with its shard key, so that its rows can move between shards by key. Throws BN2220, BN2221, BN2222.
 */
export async function checkShardKeys(data: Data, tables: TableDeclarations): Promise<void> {
  const names = Object.keys(tables)
  if (names.length === 0) return
  const { rows } = await sql<TableKeys>`
    select c.relname as name,
      (select array_agg(a.attname::text order by k.place)
         from pg_index i
           cross join unnest(i.indkey::int2[]) with ordinality as k(attnum, place)
           join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
         where i.indrelid = c.oid and i.indisprimary) as primary_key
    from unnest(${names}::text[]) as declared(name)
      join pg_class c on c.oid = to_regclass(quote_ident(declared.name))
    where c.relkind in ('r', 'p')`.execute(data.db())
  const keys = new Map(rows.map(row => [row.name, row.primary_key]))
  for (const [table, { kind, shardKey }] of Object.entries(tables)) {
    const primaryKey = keys.get(table)
    if (primaryKey === undefined) throw dataError("BN2220", { table, kind })
    if (shardKey === undefined || primaryKey?.[0] === shardKey) continue
    if (primaryKey === null) throw dataError("BN2221", { table, kind, shardKey })
    throw dataError("BN2222", { table, kind, shardKey, primaryKey: primaryKey.join(", ") })
  }
}
