import type { Writable } from "node:stream"
import pg from "pg"
// @ts-expect-error: node-postgres has no types of it; its way of writing values is the one everybody expects.
import { prepareValue } from "pg/lib/utils.js"
import { ConnectionStatements, type Prepared } from "./connection-statements.ts"
import { RowShape, type TypeParsers } from "./row-shape.ts"
import type { Statement } from "./statement.ts"

export type Part = { readonly statement: Statement; readonly values: readonly unknown[] }
export type PartResult = {
  readonly rows: Record<string, unknown>[]
  /** `INSERT`, `SELECT`, ... */
  readonly command: string
  readonly rowCount: number | null
}

/** What is used of node-postgres's connection: the messages of the protocol. */
type Wire = {
  readonly stream: Writable
  parse(message: { name: string; text: string }): void
  bind(message: {
    portal: string
    statement: string
    values: readonly unknown[]
    valueMapper: (value: unknown) => unknown
  }): void
  describe(message: { type: "P"; name: string }): void
  execute(message: { portal: string }): void
  close(message: { type: "S"; name: string }): void
  sync(): void
  sendCopyFail(reason: string): void
}

/** A connection's messages, gathered: one write costs the client less than one for each of them. */
type Gathering = { readonly wire: Wire; readonly messages: Buffer[] }

const gatherings = new WeakMap<Wire, Gathering>()

/** One for each connection: to make one costs more than to write with it. */
function gatheringOf(connection: Wire): Gathering {
  const known = gatherings.get(connection)
  if (known !== undefined) return known
  const messages: Buffer[] = []
  const wire = Object.create(connection, {
    _send: { value: (message: Buffer) => messages.push(message) },
  }) as Wire
  const made = { wire, messages }
  gatherings.set(connection, made)
  return made
}

/** node-postgres pipelines its own queries and what descends from them. */
const QueryBase = pg.Query as unknown as new (text: string) => object

type Done = (error: unknown, results: PartResult[]) => void

/**
 * Statements that go to the server as one message and end in one Sync: one transaction of their own, unless one is open.
 * A statement that is prepared is bound and executed, nothing else: its row shape is known from the first time. (The
 * extended query protocol, "Message Flow" in PostgreSQL's manual.) node-postgres hands it what arrives.
 */
class ExchangeQuery extends QueryBase {
  readonly #parts: readonly Part[]
  readonly #statements: ConnectionStatements
  readonly #done: Done
  readonly #prepared: Prepared[] = []
  readonly #fresh: Statement[] = []
  readonly #results: PartResult[] = []
  #rows: Record<string, unknown>[] = []
  #failure: unknown

  constructor(parts: readonly Part[], statements: ConnectionStatements, done: Done) {
    super("")
    this.#parts = parts
    this.#statements = statements
    this.#done = done
  }

  submit(connection: Wire): void {
    const { wire, messages } = gatheringOf(connection)
    try {
      for (const name of this.#statements.takeClosing()) wire.close({ type: "S", name })
      for (const part of this.#parts) this.#send(wire, part)
    } catch (error) {
      // A value that cannot be written. What went before ends with the Sync like anything else.
      this.#failure = error
    }
    wire.sync()
    if (connection.stream.writable) connection.stream.write(Buffer.concat(messages))
    messages.length = 0
  }

  #send(wire: Wire, { statement, values }: Part): void {
    const { prepared, fresh } = this.#statements.use(statement)
    const { name, shape } = prepared
    this.#prepared.push(prepared)
    if (fresh) {
      this.#fresh.push(statement)
      wire.parse({ name, text: statement.text })
    }
    wire.bind({
      portal: "",
      statement: name,
      values,
      valueMapper: prepareValue as (value: unknown) => unknown,
    })
    if (shape === undefined) wire.describe({ type: "P", name: "" })
    wire.execute({ portal: "" })
  }

  get #current(): Prepared {
    return this.#prepared[this.#results.length] as Prepared
  }

  handleRowDescription({ fields }: { fields: ConstructorParameters<typeof RowShape>[0] }): void {
    const { _types } = (this as unknown as { _result: { _types: TypeParsers } })._result
    this.#current.shape = new RowShape(fields, _types)
  }

  handleDataRow({ fields }: { fields: readonly (string | null)[] }): void {
    const { shape } = this.#current
    if (this.#failure !== undefined || !(shape instanceof RowShape)) return
    try {
      this.#rows.push(shape.row(fields))
    } catch (error) {
      this.#failure = error
    }
  }

  handleCommandComplete({ text }: { text: string }): void {
    this.#current.shape ??= "none"
    // "SELECT 5", "INSERT 0 1", "CREATE TABLE".
    const [command = "", ...rest] = text.split(" ")
    const count = Number(rest.at(-1))
    this.#results.push({ rows: this.#rows, command, rowCount: Number.isNaN(count) ? null : count })
    this.#rows = []
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete({ text: "" })
  }

  handleCopyInResponse(wire: Wire): void {
    wire.sendCopyFail("COPY is not done here")
  }

  handleError(error: unknown): void {
    for (const statement of this.#fresh) this.#statements.forget(statement)
    this.#done(error, [])
  }

  handleReadyForQuery(): void {
    this.#done(this.#failure, this.#results)
  }
}

const statementsOf = new WeakMap<pg.Client, ConnectionStatements>()

/**
 * Sends statements to a pipelining connection and resolves with their results. Several exchanges begun in one turn are
 * on their way together and end each by itself. Rejects with the server's error.
 */
export async function exchange(client: pg.Client, parts: readonly Part[]): Promise<PartResult[]> {
  let statements = statementsOf.get(client)
  if (statements === undefined) statementsOf.set(client, (statements = new ConnectionStatements()))
  const known = statements
  const [first] = parts
  if (first?.statement.several) return severally(client, first.statement.text)
  try {
    return await new Promise((resolve, reject) => {
      const done: Done = (error, results) => (error === undefined ? resolve(results) : reject(error))
      client.query(new ExchangeQuery(parts, known, done) as unknown as pg.Submittable)
    })
  } catch (error) {
    if (isOutdated(error)) for (const { statement } of parts) known.forget(statement)
    // Where it was thrown says nothing: it came out of the socket. Who waits for it says more.
    if (error instanceof Error) Error.captureStackTrace(error, exchange)
    throw error
  }
}

/** Several statements in one text, as a migration may have them. Resolves with the last one's result. */
async function severally(client: pg.Client, text: string): Promise<PartResult[]> {
  const results = await client.query(text)
  const { rows, command, rowCount } = [results].flat().at(-1) as pg.QueryResult
  return [{ rows, command, rowCount }]
}

/** Sends exchanges as one packet. */
export function together<T>(client: pg.Client, begin: () => T): T {
  const { stream } = (client as unknown as { connection: Wire }).connection
  stream.cork()
  try {
    return begin()
  } finally {
    stream.uncork()
  }
}

/**
 * Whether a prepared statement does not fit the server any more: the schema changed under it (0A000, "cached plan must not
 * change result type"), or somebody dropped it (26000: DISCARD, DEALLOCATE). Nothing was done; parsed anew it works.
 */
export function isOutdated(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return false
  return error.code === "26000" || (error.code === "0A000" && error.routine === "RevalidateCachedQuery")
}
