import assert from "node:assert/strict"
import { existsSync, mkdirSync } from "node:fs"
import { after, before, type TestContext, test } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import { ask } from "../../src/lab/drills/stage/plain-http.ts"
import type { StateView } from "../../src/wire/admin.ts"
import { kill } from "./processes.ts"
import { ScratchProject } from "./scratch-project.ts"
import { until } from "./until.ts"

/** From one database to a primary with two replicas and back, while some write, some read, and whoever matters is killed. */
let project: ScratchProject

const app = `export default {
  name: "ledger",
  data: { tables: {}, migrations: "./migrations" },
  web: ({ db }) => ({
    fetch: async request => {
      const row = new URL(request.url).searchParams.get("row")
      if (request.method === "POST") await db.insertInto("ledger").values({ row }).execute()
      return Response.json(await db.selectFrom("ledger").select("row").where("row", "=", row).execute())
    },
  }),
}
`
const migration = `export const up = db =>
  db.schema.createTable("ledger").addColumn("row", "text", column => column.primaryKey()).execute()
`

before(async () => {
  project = await ScratchProject.create({ app, config: { stage: "balanced" } })
  mkdirSync(project.at("migrations"))
  project.write("migrations/0001-ledger.ts", migration)
  await project.succeed("up", "--detach")
})
after(() => project.remove())

/** Each row is asked for at the end. */
const paceMs = 10

/** Clients that never retry: each row is written once and noted when that was acknowledged; others read such rows. */
class Ledger {
  readonly acknowledged: string[] = []
  readonly failedWrites: string[] = []
  readonly failedReads: string[] = []
  #over = false
  readonly #running: Promise<void>[]

  constructor(writers: number, readers: number) {
    const endless = async (turn: (nth: number) => Promise<void>) => {
      for (let nth = 0; !this.#over; nth++) {
        await turn(nth)
        await sleep(paceMs)
      }
    }
    this.#running = [
      ...Array.from({ length: writers }, (_, writer) => endless(nth => this.#write(`${writer}-${nth}`))),
      ...Array.from({ length: readers }, () => endless(nth => this.#read(nth))),
    ]
  }

  /** So many more rows, whatever happens meanwhile. */
  more(count: number): Promise<unknown> {
    const goal = this.acknowledged.length + count
    return until(`${count} more rows`, () => this.acknowledged.length >= goal)
  }

  async end(): Promise<void> {
    this.#over = true
    await Promise.all(this.#running)
  }

  async lost(): Promise<string[]> {
    const lost: string[] = []
    const left = [...this.acknowledged]
    const one = async () => {
      for (let row = left.pop(); row !== undefined; row = left.pop())
        if (!(await this.#has(row))) lost.push(row)
    }
    await Promise.all(Array.from({ length: 8 }, one))
    return lost
  }

  async #write(row: string): Promise<void> {
    const { status, detail } = await this.#ask("POST", row)
    if (status === 200) this.acknowledged.push(row)
    else this.failedWrites.push(`${row}: ${status} ${detail}`)
  }

  async #read(nth: number): Promise<void> {
    const row = this.acknowledged[(nth * 7919) % Math.max(1, this.acknowledged.length)] ?? "none"
    const { status, detail } = await this.#ask("GET", row)
    if (status !== 200) this.failedReads.push(`${row}: ${status} ${detail}`)
  }

  async #has(row: string): Promise<boolean> {
    const { json } = await this.#ask("GET", row)
    return Array.isArray(json) && json.length === 1
  }

  #ask(method: string, row: string) {
    return ask({ host: "127.0.0.1", port: project.port }, { method, path: `/?row=${row}`, fields: {} })
  }
}

const ids = ["postgres-1", "postgres-2", "postgres-3"]
const pidOf = (state: StateView, id: string) => state.instances.find(instance => instance.id === id)?.pid ?? 0
/** Who takes writes by its files. */
const primary = () =>
  ids.find(
    id =>
      existsSync(project.at(`.banyan/data/${id}`)) &&
      !existsSync(project.at(`.banyan/data/${id}/standby.signal`)),
  ) as string

/** Kills it, and whoever else, and waits until all is as it should be, with another primary. */
async function without(
  t: TestContext,
  ledger: Ledger,
  others: (state: StateView) => number[],
): Promise<void> {
  const former = primary()
  const state = await project.settled()
  const startedMs = performance.now()
  await Promise.all([pidOf(state, former), ...others(state)].map(kill))
  await ledger.more(20)
  t.diagnostic(`${former} killed: 20 more rows after ${Math.round(performance.now() - startedMs)} ms`)
  const later = await project.stateWhere(
    "a whole service with another primary",
    now =>
      now.settled && primary() !== former && now.instances.filter(({ id }) => ids.includes(id)).length === 3,
  )
  assert.equal(later.stage, "replicated")
}

test("grown under load, its primary killed, switched over, killed with the supervisor, shrunk: nothing acknowledged is lost, no read fails", async t => {
  const ledger = new Ledger(3, 2)
  t.after(() => ledger.end())
  await ledger.more(50)
  await project.succeed("grow", "--yes")
  assert.equal((await project.settled()).stage, "replicated")
  await ledger.more(50)
  assert.deepEqual(ledger.failedWrites, [])

  await without(t, ledger, () => [])
  const unknown = ledger.failedWrites.length

  const former = primary()
  await project.succeed("switchover", "--yes")
  assert.notEqual(primary(), former)
  await project.settled()
  await ledger.more(50)
  assert.deepEqual(ledger.failedWrites.slice(unknown), [])

  await without(t, ledger, ({ supervisor }) => [supervisor.pid])
  const before = ledger.failedWrites.length

  await project.succeed("shrink", "--yes")
  const single = await project.settled()
  assert.deepEqual(
    [single.stage, single.instances.filter(({ id }) => ids.includes(id)).length],
    ["balanced", 1],
  )
  await ledger.more(50)
  await ledger.end()
  assert.deepEqual(ledger.failedWrites.slice(before), [])
  assert.deepEqual(ledger.failedReads, [])
  t.diagnostic(`${ledger.acknowledged.length} rows acknowledged, ${before} unknown`)
  assert.ok(before <= 6, `one for each writer and kill at most: ${ledger.failedWrites.join("; ")}`)
  assert.deepEqual(await ledger.lost(), [])
})
