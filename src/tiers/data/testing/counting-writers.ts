import { Kysely, sql } from "kysely"
import { randomInt, seededRandom } from "../../../kit/random.ts"
import { BanyanDialect } from "../router/banyan-dialect.ts"
import { createTransact } from "../transact/create-transact.ts"
import { createTransactTable } from "../transact/lanes-table.ts"
import type { TransactNotice } from "../transact/transact.ts"
import { asSuperuser, eventually, urlOf } from "./data-for-tests.ts"
import { failOverRound, type Strike } from "./fleet-rounds.ts"
import type { Acknowledged } from "./ledger-writers.ts"
import type { TemporaryFleet } from "./temporary-fleet.ts"

type DB = { counters: { writer: number; value: number }; ledger: { writer: number; nth: number } }

const retryMs = 2
const patienceMs = 120_000

/**
 * Test support: writers that each count one up by `transact`, note it in a ledger that would take the same twice, and repeat
 * nothing themselves. Each count that comes back must be the number of those before it, plus one.
 */
export class CountingWriters {
  readonly acknowledged: Acknowledged[] = []
  readonly unexpected: string[] = []
  readonly verdicts = { again: 0, committed: 0, "not-committed": 0 }
  readonly db: Kysely<DB>
  readonly count: number
  #ended = false
  #running: Promise<void>[] = []

  constructor(fleet: TemporaryFleet, count: number) {
    this.count = count
    const [primary, ...replicas] = [...fleet.servers.values()].map(urlOf)
    const dialect = new BanyanDialect({
      primary: primary as string,
      replicas,
      poolSize: count,
      watchEveryMs: 100,
      hungAfterMs: 2000,
      gate: { maxWaitMs: patienceMs },
    })
    this.db = new Kysely<DB>({ dialect })
  }

  async start(): Promise<void> {
    const { db, count } = this
    await sql`create table counters (writer int primary key, value int not null)`.execute(db)
    await sql`create table ledger (writer int, nth int)`.execute(db)
    await createTransactTable(db)
    const writers = Array.from({ length: count }, (_, writer) => writer)
    await db
      .insertInto("counters")
      .values(writers.map(writer => ({ writer, value: 0 })))
      .execute()
    this.#running = writers.map(writer => this.#count(writer))
  }

  /** Commits whose answer was lost so far. */
  get unknowns(): number {
    return this.verdicts.committed + this.verdicts["not-committed"]
  }

  async firstAfter(atMs: number): Promise<Acknowledged> {
    return eventually("an acknowledgement", () => this.acknowledged.findLast(one => one.atMs > atMs))
  }

  /** They find the primary by themselves. */
  moveTo(): void {}

  async end(): Promise<void> {
    this.#ended = true
    await Promise.all(this.#running)
  }

  /** What differs between what was acknowledged and what is there. */
  async faults(): Promise<string[]> {
    const counters = await this.db.selectFrom("counters").selectAll().execute()
    const lines = await this.db.selectFrom("ledger").selectAll().execute()
    const faults = [...this.unexpected]
    for (const { writer, value } of counters) {
      const told = this.acknowledged.filter(one => one.writer === writer).length
      const noted = lines.filter(line => line.writer === writer).length
      if (value !== told || noted !== told)
        faults.push(`writer ${writer}: ${told} acknowledged, the counter says ${value}, the ledger ${noted}`)
    }
    return faults
  }

  async #count(writer: number): Promise<void> {
    const transact = createTransact({
      db: this.db,
      resolveWithinMs: patienceMs,
      onNotice: ({ verdict }: TransactNotice) => void this.verdicts[verdict]++,
    })
    for (let nth = 1; !this.#ended; ) {
      try {
        const value = await transact(async trx => {
          const set = { value: sql<number>`value + 1` }
          const counting = trx
            .updateTable("counters")
            .set(set)
            .where("writer", "=", writer)
            .returning("value")
          const { value } = await counting.executeTakeFirstOrThrow()
          await trx.insertInto("ledger").values({ writer, nth: value }).execute()
          return value
        })
        this.acknowledged.push({ writer, nth: value, atMs: performance.now() })
        if (value !== nth) this.unexpected.push(`writer ${writer} was told ${value}, not ${nth}`)
        nth = value + 1
      } catch (error) {
        this.unexpected.push(`writer ${writer}: ${error}`)
        await new Promise(resolve => setTimeout(resolve, retryMs))
      }
    }
  }
}

export type Blow = Extract<Strike, "kill" | "freeze"> | "restart"

/**
 * Test support: strikes the primary until so many commits lost their answer. `kill` and `freeze`: another takes its place.
 * `restart`: all its processes are killed and it starts again, on the same timeline. At a random moment, or, half of the
 * times, when all writers wait for the standbys, which stand still.
 */
export async function strikeUntil(
  fleet: TemporaryFleet,
  writers: CountingWriters,
  options: { readonly unknowns: number; readonly seed: number; readonly say: (words: string) => void },
): Promise<Record<Blow, number>> {
  const random = seededRandom(options.seed)
  const quorum = await fleet.makeSynchronous()
  const blows: Record<Blow, number> = { restart: 0, kill: 0, freeze: 0 }
  const kinds = Object.keys(blows) as Blow[]
  let primary = "postgres-1"
  let told = 0
  for (let round = 0; writers.unknowns < options.unknowns; round++) {
    const goal = writers.acknowledged.length + 20 + randomInt(random, 100)
    await eventually("work", () => writers.acknowledged.length >= goal)
    const blow = kinds[round % kinds.length] as Blow
    blows[blow]++
    const stalled = random() < 0.5 ? () => stall(fleet, primary, writers.count) : async () => {}
    const strike = async () => {
      const thaw = await stalled()
      if (blow === "freeze") fleet.at(primary).freeze()
      else if (blow === "restart") await fleet.at(primary).killWholly()
      else process.kill(fleet.at(primary).pid as number, "SIGKILL")
      thaw?.()
    }
    if (blow === "restart") await strike().then(() => fleet.at(primary).start())
    else primary = (await failOverRound(fleet, primary, quorum, writers, strike)).result.primary.id
    const { acknowledged, unknowns, unexpected } = writers
    options.say(
      `${blow}: ${acknowledged.length} acknowledged, ${unknowns} unknown, ${unexpected.length} wrong`,
    )
    for (const words of unexpected.slice(told)) options.say(words)
    told = unexpected.length
  }
  return blows
}

/** The standbys stand still until every writer waits for them; returns how they go on. */
async function stall(fleet: TemporaryFleet, primary: string, writers: number): Promise<() => void> {
  const standbys = [...fleet.servers].filter(([id]) => id !== primary).map(([, server]) => server)
  for (const standby of standbys) standby.freeze()
  const waiting = "select count(*)::int as count from pg_stat_activity where wait_event = 'SyncRep'"
  await eventually("all writers to wait", async () => {
    const rows = await asSuperuser(fleet.at(primary), waiting)
    return (rows[0]?.["count"] as number) >= writers
  })
  return () => {
    for (const standby of standbys) standby.thaw()
  }
}
