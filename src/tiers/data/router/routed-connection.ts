import {
  AbortedTransactionError,
  type CompiledQuery,
  type DatabaseConnection,
  type QueryResult,
  type TransactionSettings,
} from "kysely"
import { dataError } from "../data-errors.ts"
import type { PooledClient } from "../postgres/pooled-client.ts"
import { replicaPlace } from "./place-statements.ts"
import { afterReplicaFailure } from "./read-elsewhere.ts"
import { mayRepeat, mostTries, type ReplicaAnswer, type Router } from "./router.ts"
import type { Server } from "./servers/server.ts"
import { type CausalSession, currentCausalSession } from "./session/causal-session.ts"
import type { Part, PartResult } from "./statements/exchange.ts"
import { type Groups, sendGroups } from "./statements/send-groups.ts"
import { ownStatement } from "./statements/statement.ts"

const commit: Part = { statement: ownStatement("commit"), values: [] }
const rollback: Part = { statement: ownStatement("rollback"), values: [] }

/** Where the work of this connection is tied to: since its first write, or for a transaction. */
type Held = { readonly client: PooledClient; readonly replica: Server | undefined }

type Begin = { readonly part: Part; readonly mayRead: boolean }

/**
 * What Kysely takes for a connection. It borrows a real one when the first query says which server it wants: reads by
 * themselves one each, and from the first statement for the primary on that one for all that follows, so that whoever
 * asked for a connection of their own has one.
 */
export class RoutedConnection implements DatabaseConnection {
  readonly #router: Router
  #held: Held | undefined
  /** How the transaction begins; sent with its first statement. */
  #begin: Begin | undefined
  #deciding: Promise<void> | undefined
  #inTransaction = false
  #beforeCommit: Part | undefined

  constructor(router: Router) {
    this.#router = router
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const part = { statement: this.#router.book.of(query), values: query.parameters }
    return resultOf(await this.#run(part, currentCausalSession()))
  }

  // biome-ignore lint/correctness/useYield: Kysely's contract; it never begins.
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    const reason = "a cursor would hold a pipelined connection"
    throw dataError("BN2281", { method: "stream()", reason })
  }

  /** Only notes it: nothing is borrowed and nothing sent before the first statement. */
  begin(settings: TransactionSettings): void {
    const mayRead = settings.accessMode === "read only" && settings.isolationLevel !== "serializable"
    this.#begin = { part: { statement: ownStatement(beginOf(settings)), values: [] }, mayRead }
    this.#inTransaction = true
  }

  /** A last statement, which travels with COMMIT: if it fails nothing is committed. None where nothing was begun. */
  beforeCommit(part: Part): void {
    this.#beforeCommit = part
  }

  /** Throws Kysely's AbortedTransactionError when the server rolled back instead, BN2203 when the connection was lost. */
  async commit(): Promise<void> {
    const last = this.#beforeCommit
    if ((await this.#end(commit, last)) === "ROLLBACK") throw new AbortedTransactionError()
  }

  async rollback(): Promise<void> {
    await this.#end(rollback)
  }

  /** `savepoint`, `rollback to`, `release savepoint`. */
  async savepoint(words: string, name: string): Promise<void> {
    const statement = ownStatement(`${words} "${name.replaceAll('"', '""')}"`)
    await this.#run({ statement: { ...statement, uses: 1 }, values: [] }, currentCausalSession())
  }

  release(): void {
    this.#held?.client.release()
    this.#held = undefined
  }

  async #run(part: Part, session: CausalSession | undefined): Promise<PartResult> {
    while (this.#deciding !== undefined) await this.#deciding
    if (this.#begin !== undefined) return this.#decide(this.#beginWith(part, session))
    if (this.#held === undefined && part.statement.kind === "read" && !this.#inTransaction)
      return this.#router.read(part, session)
    if (!this.#inTransaction) return this.#runByItself(part, session)
    const results = await sendGroups(await this.#holdPrimary(), part.statement.text, [[part]], true)
    return results[0]?.[0] as PartResult
  }

  /** What was never sent is sent on another connection, unless this one had done work before: that may matter to it. */
  async #runByItself(part: Part, session: CausalSession | undefined): Promise<PartResult> {
    for (let tries = 1; ; tries++) {
      const first = this.#held === undefined
      const client = await this.#holdPrimary()
      try {
        return await this.#router.runAtPrimary(client, part, session)
      } catch (error) {
        if (!first || tries === mostTries || !mayRepeat(part, error)) throw error
        this.release()
      }
    }
  }

  /** Statements given at once: the first one decides where all of them go. */
  #decide<T>(work: Promise<T>): Promise<T> {
    const decided = work.then(
      () => {},
      () => {},
    )
    this.#deciding = decided
    void decided.then(() => {
      if (this.#deciding === decided) this.#deciding = undefined
    })
    return work
  }

  async #holdPrimary(): Promise<PooledClient> {
    const { primaryPool } = this.#router.group
    const hold = (client: PooledClient) => (this.#held = { client, replica: undefined })
    if (this.#held !== undefined) return this.#held.client
    const idle = primaryPool.take()
    return (idle === undefined ? await this.#decide(primaryPool.connect().then(hold)) : hold(idle)).client
  }

  /** BEGIN and the first statement are one message: if the one fails, the other is not done. */
  async #beginWith(part: Part, session: CausalSession | undefined): Promise<PartResult> {
    const transaction = this.#begin as Begin
    this.#begin = undefined
    try {
      return await this.#tryBegin(part, transaction, session)
    } catch (error) {
      // Nobody has heard of it: whatever comes next must not run without it.
      if (this.#held === undefined) this.#begin = transaction
      throw error
    }
  }

  async #tryBegin(
    part: Part,
    { part: begin, mayRead }: Begin,
    session: CausalSession | undefined,
  ): Promise<PartResult> {
    const groups: Groups = part.statement.several ? [[begin], [part]] : [[begin, part]]
    if (mayRead && !part.statement.several && this.#held === undefined) {
      const results = await this.#router.tryReplicas(session, (server, isRecent) =>
        this.#beginAt(server, part, isRecent ? groups : [[replicaPlace], ...groups], session),
      )
      if (results !== undefined) return results[1] as PartResult
    }
    this.#held ??= { client: await this.#router.group.primaryPool.connect(), replica: undefined }
    const results = await sendGroups(this.#held.client, part.statement.text, groups, true)
    return results.at(-1)?.at(-1) as PartResult
  }

  /** The guard stands before BEGIN: the snapshot of a repeatable-read transaction must come after it. */
  async #beginAt(
    server: Server,
    part: Part,
    groups: Groups,
    session: CausalSession | undefined,
  ): Promise<ReplicaAnswer> {
    // Whatever is the matter there, somebody else can do it.
    const client = server.pool.take() ?? (await server.pool.connect().catch(() => undefined))
    if (client === undefined) return "elsewhere"
    try {
      const results = await sendGroups(client, part.statement.text, groups, true)
      if (groups.length > 1 && !this.#router.replicaTold(server, results[0]?.[0], session)) {
        // In a transaction still, it is closed when it is given back.
        client.release()
        return "elsewhere"
      }
      this.#held = { client, replica: server }
      return { results: results.at(-1) ?? [] }
    } catch (error) {
      const then = afterReplicaFailure(error)
      if (then === "elsewhere" || then === "primary") {
        client.release(true)
        return then
      }
      this.#held = { client, replica: server }
      throw error
    }
  }

  async #end(end: Part, last?: Part): Promise<string> {
    this.#begin = undefined
    this.#beforeCommit = undefined
    this.#inTransaction = false
    const held = this.#held
    if (held === undefined) return end.statement.text.toUpperCase()
    const session = currentCausalSession()
    if (held.replica === undefined)
      return this.#router.endAtPrimary(held.client, last === undefined ? [end] : [last, end], session)
    const results = await sendGroups(held.client, end.statement.text, [[end], [replicaPlace]])
    this.#router.sawAtReplica(held.replica, results[1]?.[0], session)
    // What comes behind the transaction may write.
    this.release()
    return results[0]?.[0]?.command ?? ""
  }
}

/** Kysely checked the settings against its own lists. */
function beginOf({ isolationLevel, accessMode }: TransactionSettings): string {
  if (isolationLevel === undefined && accessMode === undefined) return "begin"
  const isolation = isolationLevel === undefined ? "" : ` isolation level ${isolationLevel}`
  return `start transaction${isolation}${accessMode === undefined ? "" : ` ${accessMode}`}`
}

const changing = new Set(["INSERT", "UPDATE", "DELETE", "MERGE"])

function resultOf<R>({ rows, command, rowCount }: PartResult): QueryResult<R> {
  if (!changing.has(command)) return { rows: rows as R[] }
  return { rows: rows as R[], numAffectedRows: BigInt(rowCount ?? 0) }
}
