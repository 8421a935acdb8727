import { mkdirSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { ask } from "../../src/lab/drills/stage/plain-http.ts"
import { ScratchProject } from "./scratch-project.ts"
import { until } from "./until.ts"

/** A row is written by `POST /?row=`, read by `GET /?row=`; `GET /` shows all. */
const app = `export default {
  name: "ledger",
  data: { tables: {}, migrations: "./migrations" },
  web: ({ db }) => ({
    fetch: async request => {
      const row = new URL(request.url).searchParams.get("row")
      if (request.method === "POST") await db.insertInto("ledger").values({ row }).execute()
      const rows = db.selectFrom("ledger").select("row")
      return Response.json(await (row === null ? rows : rows.where("row", "=", row)).execute())
    },
  }),
}
`
const migration = `export const up = db =>
  db.schema.createTable("ledger").addColumn("row", "text", column => column.primaryKey()).execute()
`

/** Test support: a project with an app that keeps rows, not started. */
export async function ledgerProject(config: Readonly<Record<string, unknown>>): Promise<ScratchProject> {
  const project = await ScratchProject.create({ app, config })
  mkdirSync(project.at("migrations"))
  project.write("migrations/0001-ledger.ts", migration)
  return project
}

/** By the clock of this machine, in epoch milliseconds. */
export type Written = { readonly row: string; readonly sentAtMs: number; readonly acknowledgedAtMs: number }

const paceMs = 10

/** Clients that never retry: each row is written once and noted when that was acknowledged; others read such rows. */
export class Ledger {
  readonly acknowledged: Written[] = []
  readonly failedWrites: string[] = []
  readonly failedReads: string[] = []
  #over = false
  readonly #running: Promise<void>[]
  readonly #port: number
  readonly #name: string

  /** Its rows begin with `name`. */
  constructor({ port }: ScratchProject, writers: number, readers: number, name = "row") {
    this.#port = port
    this.#name = name
    const endless = async (turn: (nth: number) => Promise<void>) => {
      for (let nth = 0; !this.#over; nth++) {
        await turn(nth)
        await sleep(paceMs)
      }
    }
    this.#running = [
      ...Array.from({ length: writers }, (_, writer) =>
        endless(nth => this.#write(`${this.#name}-${writer}-${nth}`)),
      ),
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

  /** Every row there is, whoever wrote it. */
  async rows(): Promise<ReadonlySet<string>> {
    const { status, detail, json } = await this.#ask("GET", "/")
    if (status !== 200) throw new Error(`GET / was answered with ${status} ${detail}`)
    return new Set((json as { row: string }[]).map(({ row }) => row))
  }

  /** Acknowledged, and not there. */
  async lost(): Promise<string[]> {
    const there = await this.rows()
    return this.acknowledged.map(({ row }) => row).filter(row => !there.has(row))
  }

  async #write(row: string): Promise<void> {
    const sentAtMs = Date.now()
    const { status, detail } = await this.#ask("POST", `/?row=${row}`)
    if (status === 200) this.acknowledged.push({ row, sentAtMs, acknowledgedAtMs: Date.now() })
    else this.failedWrites.push(`${row}: ${status} ${detail}`)
  }

  async #read(nth: number): Promise<void> {
    const row = this.acknowledged[(nth * 7919) % Math.max(1, this.acknowledged.length)]?.row ?? "none"
    const { status, detail } = await this.#ask("GET", `/?row=${row}`)
    if (status !== 200) this.failedReads.push(`${row}: ${status} ${detail}`)
  }

  #ask(method: string, path: string) {
    return ask({ host: "127.0.0.1", port: this.#port }, { method, path, fields: {} })
  }
}
