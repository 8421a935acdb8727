/**
 * The data tier. Engine: `postgres/`, embedded by default (`postgres/server/` starts the platform package's binaries).
 * For apps: `defineTables` and its words. For whoever joins a process: createData in create-data.ts.
 */
export { againWhenLost } from "./again-when-lost.ts"
export { checkShardKeys } from "./check-shard-keys.ts"
export { createData } from "./create-data.ts"
export type { Data, DataCredentials, DataOptions } from "./data.ts"
export { type LostKind, lostKindOf, unavailableStatusOf } from "./data-errors.ts"
export { migrate } from "./migrate.ts"
export { BanyanDialect, type BanyanDialectOptions, type ServerReport } from "./router/banyan-dialect.ts"
export { CausalSession, withCausalSession } from "./router/session/causal-session.ts"
export type { Position } from "./router/session/position.ts"
export { decodeSession, encodeSession } from "./router/session/session-token.ts"
export { seedOnce } from "./seed-once.ts"
export {
  defineTables,
  type LookupTable,
  lookup,
  type ReferenceTable,
  reference,
  type ShardedTable,
  sharded,
  type TableDeclaration,
  type TableDeclarations,
  tablesOfManifest,
} from "./tables.ts"
export { createTransact, type TransactorOptions } from "./transact/create-transact.ts"
export { createTransactTable } from "./transact/lanes-table.ts"
export type { Transact, TransactNotice, TransactOptions } from "./transact/transact.ts"
