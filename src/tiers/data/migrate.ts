import { promises as fs } from "node:fs"
import path from "node:path"
import { pathToFileURL } from "node:url"
import { FileMigrationProvider, type Migration, type MigrationResult, Migrator } from "kysely/migration"
import { isBanyanError, messageOf } from "../../kit/errors.ts"
import type { Data } from "./data.ts"
import { dataError } from "./data-errors.ts"

/**
 * Brings the database up to the newest migration in a folder, each in a transaction, all under one advisory lock: of
 * several instances one does the work and the others wait for it. Returns the names of those that ran.
 * Throws BN2210, BN2211, BN2212; BN2203 when the primary went away: then it is safe to repeat.
 */
export async function migrate(data: Data, folder: string): Promise<string[]> {
  const migrations = await readMigrations(folder)
  const migrator = new Migrator({ db: data.db<never>(), provider: { getMigrations: async () => migrations } })
  const { error, results = [] } = await migrator.migrateToLatest()
  if (error !== undefined) throw explain(error, results, folder)
  return results.filter(result => result.status === "Success").map(result => result.migrationName)
}

/** Read before the lock is taken: a file that cannot be loaded is a mistake of the app, not of the database. */
async function readMigrations(folder: string): Promise<Record<string, Migration>> {
  let loading = folder
  const provider = new FileMigrationProvider({
    fs,
    path,
    migrationFolder: path.resolve(folder),
    import: file => {
      loading = file
      return import(pathToFileURL(file).href)
    },
    onFileIgnored: (file, why) => {
      if (why === "NotMigration")
        throw dataError("BN2211", { folder: path.join(folder, file), reason: "it exports no `up`" })
    },
  })
  try {
    return await provider.getMigrations()
  } catch (error) {
    if (isBanyanError(error)) throw error
    throw dataError("BN2211", { folder: loading, reason: messageOf(error) }, error)
  }
}

function explain(error: unknown, results: readonly MigrationResult[], folder: string): unknown {
  if (isBanyanError(error)) return error
  const failed = results.find(result => result.status === "Error")
  if (failed !== undefined)
    return dataError("BN2210", { name: failed.migrationName, reason: messageOf(error) }, error)
  // Kysely compares the names in its table with those it was given before it runs anything.
  if (/corrupted migrations/i.test(messageOf(error))) {
    return dataError(
      "BN2212",
      { folder, reason: messageOf(error).replace(/^corrupted migrations:\s*/i, "") },
      error,
    )
  }
  return error
}
