import type pg from "pg"

export type Column = { readonly name: string; readonly type: string }

/** What is used of node-postgres's connection: the messages of the protocol. */
type Wire = {
  parse(message: { text: string }): void
  bind(message: object): void
  describe(message: { type: "P" }): void
  execute(message: { rows: number }): void
  sync(): void
  sendCopyFail(reason: string): void
}

type Field = { readonly name: string; readonly dataTypeID: number }

/**
 * One statement by the extended query protocol ("Message Flow" in PostgreSQL's manual): the server itself refuses a text
 * with several, and stops after so many rows. Values stay the texts that the server writes, as psql shows them.
 */
export class LimitedQuery implements pg.Submittable {
  readonly fields: Field[] = []
  readonly rows: (readonly (string | null)[])[] = []
  /** There were more rows than asked for. */
  isSuspended = false
  /** Settles when the server is ready again: with its error, if there was one. */
  readonly done: Promise<void>
  readonly #text: string
  readonly #mostRows: number
  readonly #settled = Promise.withResolvers<void>()

  constructor(text: string, mostRows: number) {
    this.#text = text
    this.#mostRows = mostRows
    this.done = this.#settled.promise
    this.done.catch(() => {})
  }

  submit(connection: unknown): void {
    const wire = connection as Wire
    wire.parse({ text: this.#text })
    wire.bind({})
    wire.describe({ type: "P" })
    // One more than is shown: so it is known whether there are more.
    wire.execute({ rows: this.#mostRows + 1 })
    wire.sync()
  }

  handleRowDescription({ fields }: { fields: Field[] }): void {
    this.fields.push(...fields)
  }

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
    if (this.rows.length < this.#mostRows) this.rows.push(fields)
    else this.isSuspended = true
  }

  /** The Sync that was sent already closes the portal. */
  handlePortalSuspended(): void {
    this.isSuspended = true
  }

  handleCommandComplete(): void {}
  handleEmptyQuery(): void {}

  handleCopyInResponse(wire: Wire): void {
    wire.sendCopyFail("COPY is not done here")
  }

  /** Nobody asked for them; their bytes count like any others. */
  handleCopyData(): void {}

  handleError(error: unknown): void {
    this.#settled.reject(error)
  }

  handleReadyForQuery(): void {
    this.#settled.resolve()
  }
}
