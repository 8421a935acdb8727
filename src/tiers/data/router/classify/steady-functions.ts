import type { Part, PartResult } from "../statements/exchange.ts"
import { ownStatement } from "../statements/statement.ts"
import type { IsSteady } from "./raw-fragment.ts"

/**
 * Names of which every overload promises not to change the database (provolatile; PostgreSQL's "Function Volatility
 * Categories"). The catalog knows the server's own, those of extensions and those of the app alike.
 */
export const steadyFunctionsPart: Part = {
  statement: ownStatement(`
    select json_agg(name) as names from (
      select proname as name from pg_proc group by proname
      having bool_and(provolatile <> 'v' and prokind <> 'p')) as steady`),
  values: [],
}

export function steadyNamesOf(result: PartResult | undefined): readonly string[] {
  return (result?.rows[0]?.["names"] as string[] | undefined) ?? []
}

/** Marked stable, and yet they want a number only a primary gives out. */
const primaryOnly = new Set(["txid_current", "pg_current_xact_id"])

/** Until the catalog was read nothing is steady, so that queries with functions go to the primary. */
export class SteadyFunctions {
  #names: ReadonlySet<string> = new Set()

  readonly isSteady: IsSteady = name => this.#names.has(name) && !primaryOnly.has(name)

  /** Whether that is news. */
  learn(names: readonly string[]): boolean {
    const before = this.#names
    this.#names = new Set(names)
    return names.length !== before.size || names.some(name => !before.has(name))
  }
}
