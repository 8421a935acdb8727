import { Agent, request } from "node:http"
import { resolve } from "node:path"
import { postgresServer } from "../../src/boot/databases/postgres-server.ts"
import { type BeigelSession, beigelSession } from "../../src/lab/drills/stage/beigel-client.ts"
import { pidIn, primaryHere } from "../../src/lab/drills/stage/databases.ts"
import { ScratchService } from "../../src/lab/scratch-service.ts"
import { memberOf } from "../../src/tiers/data/postgres/replication/member.ts"
import { asSuperuser } from "../../src/tiers/data/testing/data-for-tests.ts"
import type { DatabasesView, StateView } from "../../src/wire/admin.ts"
import { type Write, Writers } from "./writers.ts"

export const writersCount = 4
/** Each waits on in peace: how long it waits is what is measured. */
const answerWithinMs = 60_000

/** A whole service, a primary and two replicas, and users who post at one of its cafés over HTTP. */
export class BanyanService {
  readonly writers: Writers
  readonly #service: ScratchService

  private constructor(service: ScratchService, writers: Writers) {
    this.#service = service
    this.writers = writers
  }

  static async start(name: string): Promise<BanyanService> {
    const app = resolve(import.meta.dirname, "../../apps/beigel/app.ts")
    const service = await ScratchService.start(name, { app, drainTimeoutMs: 2000 })
    try {
      for (const _rung of ["balanced", "replicated"]) await service.change({ type: "grow" })
      const target = { host: "127.0.0.1", port: service.port }
      const users = await Promise.all(Array.from({ length: writersCount }, () => beigelSession(target)))
      return new BanyanService(service, new Writers(users.map(user => post(user, service.port))))
    } catch (error) {
      await service.end(true)
      throw error
    }
  }

  get primary(): string {
    return primaryHere()
  }

  /** The postmaster's. */
  async primaryPid(): Promise<number> {
    return pidIn(await this.#service.settled(), this.primary)
  }

  switchOver(): Promise<unknown> {
    return this.#service.change({ type: "switchover" })
  }

  /** The promotion that put somebody in this one's place. */
  async promotionAfter(former: string): Promise<NonNullable<DatabasesView["promotion"]>> {
    const state = await this.#service.waitFor(
      `another primary than ${former}`,
      ({ databases }) => databases?.promotion?.former === former && databases.primary !== former,
    )
    return state.databases!.promotion!
  }

  /** All three databases serve, and commits count on both replicas. */
  async whole(): Promise<StateView> {
    return this.#service.waitFor(
      "a whole service",
      ({ settled, databases }) => settled && databases?.quorum.members.length === 3,
    )
  }

  /** Ends the writers. Resolves with what was acknowledged and is not there exactly once. */
  async lost(): Promise<string[]> {
    await this.writers.stop()
    const server = postgresServer(this.primary, { sharedBuffersMb: 32 })
    const member = memberOf(this.primary, server, await server.place())
    const query = `select text from posts where text like '${this.writers.prefix}%'`
    const rows = await asSuperuser(member, query, server.credentials.database)
    return this.writers.lost(rows.map(row => String(row["text"])))
  }

  async end(keepsFolder: boolean): Promise<string> {
    await this.writers.stop()
    await this.#service.end(keepsFolder)
    return this.#service.folder
  }
}

/** On a connection of its own that is kept alive. */
function post({ origin, cookies, cafeId }: BeigelSession, port: number): Write {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const path = `/api/cafes/${cafeId}/posts`
  return text =>
    new Promise((acknowledged, failed) => {
      const body = JSON.stringify({ text })
      const headers = {
        origin,
        cookie: cookies.header,
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
      }
      const sent = request({ host: "127.0.0.1", port, method: "POST", path, agent, headers })
      sent.setTimeout(answerWithinMs, () => sent.destroy(new Error(`no answer in ${answerWithinMs} ms`)))
      sent.on("error", failed)
      sent.on("response", answer => {
        cookies.keep(answer.headers["set-cookie"] ?? [])
        let detail = ""
        answer.on("data", part => {
          detail += part
        })
        answer.on("error", failed)
        answer.on("end", () => {
          if (answer.statusCode === 201 && answer.complete) acknowledged()
          else failed(new Error(`${answer.statusCode} ${detail.slice(0, 200)}`))
        })
      })
      sent.end(body)
    })
}
