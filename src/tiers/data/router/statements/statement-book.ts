import type { CompiledQuery } from "kysely"
import { queryKind } from "../classify/query-kind.ts"
import type { IsSteady } from "../classify/raw-fragment.ts"
import type { Statement } from "./statement.ts"

/** Statements remembered in each of two generations: a text that is used stays, one that is not goes with the older. */
const generationSize = 1000

/**
 * Every text a process sends, looked at once: whether it reads, and whether it comes again and deserves to be prepared.
 * Bounded, because texts made from lists of changing length have no end.
 */
export class StatementBook {
  readonly #isSteady: IsSteady
  /** A query that looks as if it could read anywhere, were everything in it known. */
  readonly #onUnknown: () => void
  #young = new Map<string, Statement>()
  #old = new Map<string, Statement>()

  constructor(isSteady: IsSteady, onUnknown: () => void) {
    this.#isSteady = isSteady
    this.#onUnknown = onUnknown
  }

  of({ sql, query }: Pick<CompiledQuery, "sql" | "query">): Statement {
    // The same text may come from a builder, whose tree is known, and as raw SQL, which is not.
    const key = query.kind === "RawNode" ? `raw ${sql}` : sql
    const known = this.#young.get(key)
    if (known !== undefined) {
      known.uses++
      return known
    }
    const statement = this.#old.get(key) ?? { text: sql, kind: queryKind(query, this.#isSteady), uses: 0 }
    statement.uses++
    if (statement.kind === "write" && query.kind === "SelectQueryNode") this.#onUnknown()
    this.#keep(key, statement)
    return statement
  }

  /** What was unknown before may be known now. */
  forget(): void {
    this.#young.clear()
    this.#old.clear()
  }

  #keep(key: string, statement: Statement): void {
    if (this.#young.size >= generationSize) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, statement)
  }
}
