import { afterFailure } from "./transact/after-failure.ts"

const mostTries = 5

/**
 * Work that may be done twice (migrations, a seed), begun anew when its primary was lost under it, or Postgres asks for
 * it: it then waits at the gate for the next primary like all work. Throws what the work throws.
 */
export async function againWhenLost<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await work()
    } catch (error) {
      if (tries === mostTries || afterFailure(error, "work") !== "again") throw error
    }
  }
}
