import type { CompiledQuery } from "kysely"
import { queryKind } from "../classify/query-kind.ts"
import type { IsSteady } from "../classify/raw-fragment.ts"
import type { Statement } from "./statement.ts"

/** Statements remembered in each of two generations: a text that is used stays, one that is not goes with the older. */
const generationSize = 1000
/** A semicolon in a string is no harm: one statement may go that way as well. */
const mayBeSeveral = /;\s*\S/

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

  of({ sql, query, parameters }: Pick<CompiledQuery, "sql" | "query" | "parameters">): Statement {
    // The same text may come from a builder, whose tree is known, and as raw SQL, which is not.
    const key = query.kind === "RawNode" ? `raw ${sql}` : sql
    const known = this.#young.get(key)
    if (known !== undefined) {
      known.uses++
      return known
    }
    const statement = this.#old.get(key) ?? this.#lookAt(sql, query, parameters)
    statement.uses++
    if (statement.kind === "write" && query.kind === "SelectQueryNode") this.#onUnknown()
    this.#keep(key, statement)
    return statement
  }

  #lookAt(text: string, query: CompiledQuery["query"], parameters: readonly unknown[]): Statement {
    if (query.kind === "RawNode" && parameters.length === 0 && mayBeSeveral.test(text))
      return { text, kind: "write", uses: 0, several: true }
    return { text, kind: queryKind(query, this.#isSteady), uses: 0 }
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
