import { AsyncLocalStorage } from "node:async_hooks"
import type { Random } from "../../../kit/random.ts"
import { lostKindOf } from "../data-errors.ts"
import type { PooledClient } from "../postgres/pooled-client.ts"
import { SteadyFunctions, steadyFunctionsPart, steadyNamesOf } from "./classify/steady-functions.ts"
import { primaryPlace, primaryPositionOf, replicaPositionsOf } from "./place-statements.ts"
import { afterReplicaFailure } from "./read-elsewhere.ts"
import { chooseReplica } from "./servers/choose-replica.ts"
import type { Server } from "./servers/server.ts"
import type { ServerGroup } from "./servers/server-group.ts"
import { CausalSession } from "./session/causal-session.ts"
import { covers, type Position } from "./session/position.ts"
import type { Part, PartResult } from "./statements/exchange.ts"
import { sendGroups } from "./statements/send-groups.ts"
import { StatementBook } from "./statements/statement-book.ts"

/** What may be repeated is sent so often to the primary when that goes away under it. */
export const mostTries = 3

/** A lost read may have been answered twice, a lost write never. */
export function mayRepeat({ statement }: Part, error: unknown): boolean {
  const kind = lostKindOf(error)
  return kind !== undefined && (statement.kind === "read" || kind === "never-sent")
}

/** Between two looks at the functions of the database, when queries name some that are not known. */
const learnAgainMs = 10_000
const furthestLsn = 2n ** 63n

export type RouterOptions = {
  readonly group: ServerGroup
  /** The name of this database within sessions. */
  readonly shard: string
  readonly random: Random
  readonly nowMs: () => number
}

/** Work that a replica did, or why it is to be done by another. */
export type ReplicaAnswer = { readonly results: readonly PartResult[] } | "elsewhere" | "primary"

/** Where each statement goes, and what the answers teach about how far the servers have come. */
export class Router {
  readonly group: ServerGroup
  readonly book: StatementBook
  readonly #options: RouterOptions
  readonly #steady = new SteadyFunctions()
  /** What this process has written: a read that belongs to no session sees at least that. */
  readonly #process = new CausalSession()
  #learnAtMs = Number.NEGATIVE_INFINITY

  constructor(options: RouterOptions) {
    this.group = options.group
    this.#options = options
    // Asked for all, whoever's query it was: nothing of that request's belongs to it.
    this.book = new StatementBook(
      this.#steady.isSteady,
      AsyncLocalStorage.bind(() => void this.#learn()),
    )
  }

  get #alone(): boolean {
    return this.group.alone
  }

  #needs(session: CausalSession | undefined): Position | undefined {
    return (session ?? this.#process).needs(this.#options.shard)
  }

  /** A read by itself, wherever it may run. Rejects like the primary's pool, or with the server's error. */
  async read(part: Part, session: CausalSession | undefined): Promise<PartResult> {
    const results = await this.tryReplicas(session, (server, isRecent) =>
      this.#readAt(server, part, isRecent, session),
    )
    return results?.[0] ?? this.#readAtPrimary(part, session)
  }

  /**
   * Gives work to one replica after another, each at most once, until one does it; undefined: the primary has to.
   * `isRecent`: the replica is known to be recent enough; otherwise it must be asked before the work.
   */
  async tryReplicas(
    session: CausalSession | undefined,
    work: (server: Server, isRecent: boolean) => Promise<ReplicaAnswer>,
  ): Promise<readonly PartResult[] | undefined> {
    if (this.#alone) return undefined
    let left = this.group.servers
    for (;;) {
      const needed = this.#needs(session)
      const server = chooseReplica(left, needed, this.#options.random)
      if (server === undefined) return undefined
      left = left.filter(other => other !== server)
      server.outstanding++
      try {
        const answer = await work(server, covers(server.watermark, needed))
        if (answer === "primary") return undefined
        if (answer !== "elsewhere") return answer.results
      } finally {
        server.outstanding--
      }
    }
  }

  async #readAt(
    server: Server,
    part: Part,
    isRecent: boolean,
    session: CausalSession | undefined,
  ): Promise<ReplicaAnswer> {
    try {
      const asks = { before: !isRecent, after: session !== undefined }
      const { before, result, after } = await server.reads.read(part, asks)
      if (!isRecent && !this.replicaTold(server, before, session)) return "elsewhere"
      if (session !== undefined && !this.sawAtReplica(server, after, session)) return "primary"
      return { results: [result] }
    } catch (error) {
      const then = afterReplicaFailure(error)
      if (then === "fails") throw error
      if (then === "write") part.statement.kind = "write"
      return then === "elsewhere" ? "elsewhere" : "primary"
    }
  }

  /** What a replica said before the work: is it recent enough for the session? */
  replicaTold(server: Server, place: PartResult | undefined, session: CausalSession | undefined): boolean {
    const positions = this.#positionsAt(server, place)
    return positions !== undefined && covers(positions.surely, this.#needs(session))
  }

  /** What it said behind the work: the session has seen at most that. False: it is no replica any more, nobody knows what. */
  sawAtReplica(server: Server, place: PartResult | undefined, session: CausalSession | undefined): boolean {
    const positions = this.#positionsAt(server, place)
    session?.saw(this.#options.shard, positions?.atMost)
    return positions !== undefined
  }

  #positionsAt(server: Server, place: PartResult | undefined) {
    const positions = replicaPositionsOf(place, server.watermark?.timeline ?? 0)
    if (positions === undefined) this.group.askNow()
    else server.reached(positions.surely)
    return positions
  }

  async #readAtPrimary(part: Part, session: CausalSession | undefined): Promise<PartResult> {
    for (let tries = 1; ; tries++) {
      try {
        return await this.#tryAtPrimary(part, session)
      } catch (error) {
        if (tries === mostTries || !mayRepeat(part, error)) throw error
      }
    }
  }

  /** A replica may have said that it writes, whatever its text looks like. */
  async #tryAtPrimary(part: Part, session: CausalSession | undefined): Promise<PartResult> {
    const { primaryPool, primaryReads } = this.group
    if (part.statement.kind === "read") {
      const needed = this.#needs(session)
      const asks = { before: false, after: session !== undefined && !this.#alone }
      const { result, after } = await primaryReads.read(part, asks)
      if (asks.after) this.primaryTold(after, session, false, needed)
      return result
    }
    const client = primaryPool.take() ?? (await primaryPool.connect())
    try {
      return await this.runAtPrimary(client, part, session)
    } finally {
      client.release()
    }
  }

  /** A statement by itself on a connection to the primary, and in the same round trip how far the log goes then. */
  async runAtPrimary(
    client: PooledClient,
    part: Part,
    session: CausalSession | undefined,
  ): Promise<PartResult> {
    const needed = this.#needs(session)
    const reads = part.statement.kind === "read"
    const alone = this.#alone
    const groups =
      alone || (reads && session === undefined)
        ? [[part]]
        : reads
          ? [[part, primaryPlace]]
          : [[part], [primaryPlace]]
    const results = await sendGroups(client, part.statement.text, groups)
    if (groups.length === 2) this.primaryTold(results[1]?.[0], session, true, needed)
    else if (results[0]?.length === 2) this.primaryTold(results[0][1], session, false, needed)
    if (alone && !reads) await this.#askPlace(client, session)
    return results[0]?.[0] as PartResult
  }

  /**
   * Ends a transaction on the primary: `commit` or `rollback`, perhaps behind a last statement. Resolves with the command
   * the server says it did.
   */
  async endAtPrimary(
    client: PooledClient,
    end: readonly Part[],
    session: CausalSession | undefined,
  ): Promise<string> {
    const alone = this.#alone
    const groups = alone ? [end] : [end, [primaryPlace]]
    const results = await sendGroups(client, end.at(-1)?.statement.text ?? "", groups)
    if (alone) await this.#askPlace(client, session)
    else this.primaryTold(results[1]?.[0], session, true)
    return results[0]?.at(-1)?.command ?? ""
  }

  /** After a write that began while the server was alone: there may be others by now, who do not have it yet. */
  async #askPlace(client: PooledClient, session: CausalSession | undefined): Promise<void> {
    if (this.#alone) return
    try {
      const results = await sendGroups(client, primaryPlace.statement.text, [[primaryPlace]])
      this.primaryTold(results[0]?.[0], session, true)
    } catch {
      // The write stands, and how far it goes nobody knows: the next read is the primary's, which sets that right.
      const far = { timeline: this.group.timeline, lsn: furthestLsn }
      for (const each of [this.#process, session]) each?.saw(this.#options.shard, far)
    }
  }

  /** How far the primary's log went behind a statement. `asked` is what the session needed when that was sent. */
  primaryTold(
    place: PartResult | undefined,
    session: CausalSession | undefined,
    wrote: boolean,
    asked?: Position,
  ): void {
    const { shard } = this.#options
    const position = primaryPositionOf(place, this.group.timeline)
    if (position === undefined) return
    this.group.primaryReached(position)
    if (wrote) this.#process.saw(shard, position)
    if (asked !== undefined && !covers(position, asked)) {
      // Perhaps there is a newer primary that nobody has heard of yet.
      this.group.askNow()
      ;(session ?? this.#process).lowerTo(shard, position, asked)
    }
    session?.saw(shard, position)
  }

  /**
   * Queries with functions go to the primary, and are not repeated when that is lost, until it is known which functions
   * only read: a primary alone is asked, too.
   */
  async #learn(): Promise<void> {
    const nowMs = this.#options.nowMs()
    if (nowMs < this.#learnAtMs) return
    this.#learnAtMs = nowMs + learnAgainMs
    try {
      const client = await this.group.primaryPool.connect()
      try {
        const results = await sendGroups(client, steadyFunctionsPart.statement.text, [[steadyFunctionsPart]])
        if (this.#steady.learn(steadyNamesOf(results[0]?.[0]))) this.book.forget()
      } finally {
        client.release()
      }
    } catch {
      // The primary is away; queries go there all the same, and the next unknown one asks again.
      this.#learnAtMs = nowMs
    }
  }
}
