import type { RowShape } from "./row-shape.ts"
import type { Statement } from "./statement.ts"

/** A statement on one connection. Without a name it is parsed each time. */
export type Prepared = { readonly name: string; shape: RowShape | "none" | undefined }

/** Memory on the server: a prepared statement with its plan holds some 10 to 100 kB for as long as the connection lives. */
const mostPrepared = 200

/** A text that comes once is not worth keeping on the server. */
const prepareAtUse = 2

/** What is prepared on one connection. Names are never used twice, so that nothing can be taken for something else. */
export class ConnectionStatements {
  readonly #prepared = new Map<Statement, Prepared>()
  #closing: string[] = []
  #count = 0

  /** `fresh`: it has to be sent (Parse) before it is used. */
  use(statement: Statement): { readonly prepared: Prepared; readonly fresh: boolean } {
    const known = this.#prepared.get(statement)
    if (known !== undefined) {
      this.#prepared.delete(statement)
      this.#prepared.set(statement, known)
      return { prepared: known, fresh: false }
    }
    if (statement.uses < prepareAtUse) return { prepared: { name: "", shape: undefined }, fresh: true }
    const prepared: Prepared = { name: `b${++this.#count}`, shape: undefined }
    this.#prepared.set(statement, prepared)
    if (this.#prepared.size > mostPrepared) this.forget(this.#prepared.keys().next().value as Statement)
    return { prepared, fresh: true }
  }

  /** It is parsed anew next time. Closing a name the server does not know does no harm. */
  forget(statement: Statement): void {
    const known = this.#prepared.get(statement)
    if (known === undefined) return
    this.#prepared.delete(statement)
    this.#closing.push(known.name)
  }

  /** The names to close with the next message. */
  takeClosing(): readonly string[] {
    if (this.#closing.length === 0) return this.#closing
    const closing = this.#closing
    this.#closing = []
    return closing
  }
}
