import type pg from "pg"
import type { Address } from "../../../wire/map.ts"
import type { DataCredentials } from "../data.ts"
import { destroyConnection, openConnection } from "../postgres/connection.ts"

export type Place = { readonly address: Address; readonly credentials: DataCredentials }
export type Acknowledged = { readonly writer: number; readonly nth: number; readonly atMs: number }

const retryMs = 2
/** Generous: a busy machine is no failure. */
const patienceMs = 60_000

/**
 * Test support: clients that each write one row after the other and note what was acknowledged, from outside and by
 * themselves. One that loses its connection goes on with its next row where the primary is by then; it repeats nothing,
 * so a row is there once or not at all.
 */
export class LedgerWriters {
  readonly acknowledged: Acknowledged[] = []
  #place: Place
  #clients = new Set<pg.Client>()
  #ended = false
  #paused: PromiseWithResolvers<void> | undefined
  #atWork = 0
  #idle: (() => void) | undefined
  readonly #writers: Promise<void>[]

  constructor(place: Place, count: number) {
    this.#place = place
    this.#writers = Array.from({ length: count }, (_, writer) => this.#write(writer))
  }

  static async start(place: Place, count = 4): Promise<LedgerWriters> {
    const client = await openConnection(place.address, place.credentials, "ledger")
    await client.query("create table if not exists ledger (writer int, nth int, primary key (writer, nth))")
    await client.end()
    return new LedgerWriters(place, count)
  }

  /** New work goes there; connections to the old place end. */
  moveTo(place: Place): void {
    this.#place = place
    for (const client of this.#clients) destroyConnection(client)
  }

  /** No new row is begun; resolves when the last one has its answer. */
  async pause(): Promise<void> {
    this.#paused = Promise.withResolvers()
    if (this.#atWork > 0) await new Promise<void>(resolve => (this.#idle = resolve))
  }

  resume(place: Place): void {
    this.moveTo(place)
    this.#paused?.resolve()
    this.#paused = undefined
  }

  /** The first acknowledgement after that moment. */
  async firstAfter(atMs: number): Promise<Acknowledged> {
    for (const startedMs = performance.now(); performance.now() - startedMs < patienceMs; ) {
      const found = this.acknowledged.find(one => one.atMs > atMs)
      if (found !== undefined) return found
      await new Promise(resolve => setTimeout(resolve, retryMs))
    }
    throw new Error(`nothing was acknowledged for ${patienceMs} ms`)
  }

  async end(): Promise<void> {
    this.#ended = true
    this.#paused?.resolve()
    for (const client of this.#clients) destroyConnection(client)
    await Promise.all(this.#writers)
  }

  /** Acknowledged rows that the place does not have, or has twice over. */
  async lost({ address, credentials }: Place): Promise<Acknowledged[]> {
    const client = await openConnection(address, credentials, "ledger")
    const { rows } = await client.query<{ writer: number; nth: number }>("select writer, nth from ledger")
    await client.end()
    const there = new Set(rows.map(({ writer, nth }) => `${writer}/${nth}`))
    return this.acknowledged.filter(({ writer, nth }) => !there.has(`${writer}/${nth}`))
  }

  async #write(writer: number): Promise<void> {
    let client: pg.Client | undefined
    for (let nth = 0; !this.#ended; nth++) {
      await this.#paused?.promise
      this.#atWork++
      try {
        client ??= await this.#open()
        await client.query("insert into ledger values ($1, $2)", [writer, nth])
        this.acknowledged.push({ writer, nth, atMs: performance.now() })
      } catch {
        if (client !== undefined) destroyConnection(client)
        client = undefined
        await new Promise(resolve => setTimeout(resolve, retryMs))
      } finally {
        this.#atWork--
        if (this.#atWork === 0) this.#idle?.()
      }
    }
    if (client !== undefined) destroyConnection(client)
  }

  async #open(): Promise<pg.Client> {
    const { address, credentials } = this.#place
    const client = await openConnection(address, credentials, "ledger")
    this.#clients.add(client)
    client.on("error", () => this.#clients.delete(client))
    client.on("end", () => this.#clients.delete(client))
    // An acknowledgement that comes with a warning is none: the wait for the replicas was cancelled.
    client.on("notice", () => destroyConnection(client))
    return client
  }
}
