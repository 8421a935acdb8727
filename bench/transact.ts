import { Kysely, PostgresDialect, sql } from "kysely"
import pg from "pg"
import { temporaryPostgres } from "../src/tiers/data/postgres/server/temporary-postgres.ts"
import { asSuperuser, urlOf } from "../src/tiers/data/testing/data-for-tests.ts"
import { type Bench, type BenchLine, compare } from "./harness.ts"
import { serversCpuUs, takenBetween } from "./router/server-cpu.ts"
import { connections, type TransactDb, transactWays } from "./transact/ways.ts"

const rounds = Number(process.env["BANYAN_BENCH_ROUNDS"] ?? 7)
const transactionsInRound = Number(process.env["BANYAN_BENCH_TRANSACTIONS"] ?? 1000)
const users = 8

type Cost = { clientUs: number[]; serverUs: number[]; walBytes: number[]; p50Ms: number[]; p99Ms: number[] }

/** What it costs that a transaction is done exactly once, against a bare Kysely transaction; rounds alternate. */
export const bench: Bench = {
  says: "a transaction of one insert: bare Kysely, transact, and the other way to know an unknown COMMIT",
  asTable: true,
  async run(say) {
    const ends: (() => unknown)[] = []
    const postgres = await temporaryPostgres({ after: end => void ends.push(end as () => unknown) })
    try {
      const { credentials, socketFolder: host, port } = postgres
      const pool = new pg.Pool({ ...credentials, host, port, max: connections })
      const bare = new Kysely<TransactDb>({ dialect: new PostgresDialect({ pool }) })
      ends.unshift(() => bare.destroy())
      await sql`create table orders (id bigint generated always as identity primary key, text text)`.execute(
        bare,
      )
      await sql`create table outcomes (id uuid primary key, at timestamptz not null)`.execute(bare)
      const ways = await transactWays(bare, urlOf(postgres), end => void ends.unshift(end))
      const costs = new Map(ways.map(way => [way, emptyCost()]))
      for (let round = 0; round <= rounds; round++) {
        for (const way of round % 2 === 0 ? ways : ways.toReversed()) {
          const lsn = async () =>
            (await asSuperuser(postgres, "select (pg_current_wal_insert_lsn() - '0/0')::text as at"))[0]?.[
              "at"
            ]
          await asSuperuser(postgres, "checkpoint")
          const [before, client, server] = [
            await lsn(),
            process.cpuUsage(),
            serversCpuUs([postgres.pid as number]),
          ]
          const tookMs = await load(way.once)
          const serverUs = takenBetween(server, serversCpuUs([postgres.pid as number]))
          const { user, system } = process.cpuUsage(client)
          const cost = costs.get(way) as Cost
          // The first round warms up.
          if (round === 0) continue
          cost.clientUs.push((user + system) / transactionsInRound)
          cost.serverUs.push(serverUs / transactionsInRound)
          cost.walBytes.push((Number(await lsn()) - Number(before)) / transactionsInRound)
          cost.p50Ms.push(tookMs[Math.floor(tookMs.length * 0.5)] as number)
          cost.p99Ms.push(tookMs[Math.floor(tookMs.length * 0.99)] as number)
        }
        say(`round ${round}/${rounds}`)
      }
      return [...costs].flatMap(([way, cost]) => linesOf(way.name, way.configuration, cost))
    } finally {
      for (const end of ends) await end()
    }
  },
}

function emptyCost(): Cost {
  return { clientUs: [], serverUs: [], walBytes: [], p50Ms: [], p99Ms: [] }
}

/** A closed loop of some users. Returns what each transaction took, sorted. */
async function load(once: () => Promise<unknown>): Promise<number[]> {
  const tookMs: number[] = []
  let next = 0
  const user = async () => {
    while (next++ < transactionsInRound) {
      const startedMs = performance.now()
      await once()
      tookMs.push(performance.now() - startedMs)
    }
  }
  await Promise.all(Array.from({ length: users }, user))
  return tookMs.sort((a, b) => a - b)
}

function linesOf(name: string, configuration: string, cost: Cost): BenchLine[] {
  const units = {
    clientUs: "client µs",
    serverUs: "server µs",
    walBytes: "log bytes",
    p50Ms: "p50 ms",
    p99Ms: "p99 ms",
  }
  return Object.entries(units).flatMap(([figure, claim]) => {
    const values = cost[figure as keyof Cost].map(value => Math.round(value * 100) / 100)
    const sorted = values.toSorted((a, b) => a - b)
    const spread = [sorted[0], sorted.at(-1)] as const
    const line = compare(claim, claim, { name, version: "", configuration, values }, null)
    const range = compare(`${claim} range`, claim, { name, version: "", configuration, values: [0] }, null)
    return [
      line,
      { ...range, ours: { ...range.ours, median: `${spread[0]}-${spread[1]}` as unknown as number } },
    ]
  })
}
