import type { Manifest } from "../../wire/report.ts"

/** On every shard in full, written at home only. */
export type ReferenceTable = { readonly kind: "reference" }
/** Spread by a column that leads its primary key. */
export type ShardedTable<Key extends string = string> = { readonly kind: "sharded"; readonly shardKey: Key }
/** Spread by the very thing that is looked up: `handle -> user id`. */
export type LookupTable<Key extends string = string> = { readonly kind: "lookup"; readonly shardKey: Key }

export type TableDeclaration = ReferenceTable | ShardedTable | LookupTable
/** Declarations by table name, whatever the tables are. */
export type TableDeclarations = Readonly<
  Record<string, { readonly kind: TableDeclaration["kind"]; readonly shardKey?: string }>
>

export function reference(): ReferenceTable {
  return { kind: "reference" }
}

export function sharded<const Key extends string>(shardKey: Key): ShardedTable<Key> {
  return { kind: "sharded", shardKey }
}

export function lookup<const Key extends string>(shardKey: Key): LookupTable<Key> {
  return { kind: "lookup", shardKey }
}

type ColumnOf<Table> = keyof Table & string
type DeclarationOf<Table> = ReferenceTable | ShardedTable<ColumnOf<Table>> | LookupTable<ColumnOf<Table>>

/**
 * Declares how every table of a database is spread, checked against its Kysely types: each table is named, each key is
 * one of its columns. `defineTables<DB>()({ posts: sharded("cafe_id"), cafes: reference(), handles: lookup("handle") })`
 */
export function defineTables<DB>() {
  return <const T extends { readonly [Table in keyof DB & string]: DeclarationOf<DB[Table]> }>(
    tables: T,
  ): T => tables
}

/** As the manifest tells control: plain data. */
export function tablesOfManifest(tables: TableDeclarations): Manifest["tables"] {
  return Object.fromEntries(
    Object.entries(tables).map(([table, { kind, shardKey }]) => [
      table,
      shardKey === undefined ? { kind } : { kind, shardKey },
    ]),
  )
}
