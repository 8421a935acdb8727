import type { Data } from "./data.ts"

/**
 * Runs a seed under a lock, so that of several instances starting at once one seeds while the others wait; those then
 * run theirs too and must find nothing left to do. The lock is a session's: a seeder that dies lets go of it.
 */
export async function seedOnce(data: Data, name: string, seed: () => Promise<void>): Promise<void> {
  await data.session(async client => {
    await client.query("select pg_advisory_lock(hashtextextended($1, 0))", [`banyan.seed.${name}`])
    await seed()
  })
}
