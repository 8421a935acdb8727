import { messageOf } from "../../kit/errors.ts"
import { openConnection } from "../../tiers/data/postgres/connection.ts"
import { overConnection } from "../../tiers/data/postgres/connection-within.ts"
import { type LoadLook, lookAtLoad, prepareStatistics } from "../../tiers/data/postgres/reading/load-look.ts"
import { parseLsn } from "../../tiers/data/postgres/replication/lsn.ts"
import type { DatabaseServerView } from "../../wire/admin.ts"
import type { KnownServer } from "./known-servers.ts"

/** A server that says nothing is shown as such. */
const lookTimeoutMs = 3_000
/** Several who ask at the same time hear the same. */
const keptMs = 1_000

/** Asks every server for its figures. */
export class ServerDesk {
  readonly #servers: () => Promise<readonly KnownServer[]>
  #mayPrepare = true
  #last: { readonly atMs: number; readonly views: Promise<DatabaseServerView[]> } | undefined

  constructor(servers: () => Promise<readonly KnownServer[]>) {
    this.#servers = servers
  }

  look(): Promise<DatabaseServerView[]> {
    const atMs = performance.now()
    if (this.#last !== undefined && atMs - this.#last.atMs < keptMs) return this.#last.views
    const views = this.#lookAll()
    this.#last = { atMs, views }
    views.catch(() => {})
    return views
  }

  async #lookAll(): Promise<DatabaseServerView[]> {
    const servers = await this.#servers()
    const looks = await Promise.all(servers.map(server => this.#lookAt(server)))
    const ahead = looks.find(look => typeof look !== "string" && look.role === "primary") as
      | LoadLook
      | undefined
    return servers.map(({ id }, at) => viewOf(id, looks[at]!, ahead))
  }

  /** What it says, or why it says nothing. */
  async #lookAt(server: KnownServer): Promise<LoadLook | string> {
    const over = AbortSignal.timeout(lookTimeoutMs)
    const options = `-c statement_timeout=${lookTimeoutMs}`
    const words = { options, connectionTimeoutMillis: lookTimeoutMs }
    const opening = openConnection(server.address, server.inspector, "banyan-look", words)
    try {
      return await overConnection(opening, over, async client => {
        const look = () => lookAtLoad(client, server.database, server.app)
        const first = await look()
        if (typeof first.statements !== "string" || !this.#shouldPrepare(server, first)) return first
        await prepareStatistics(client)
        return look()
      })
    } catch (error) {
      return over.aborted ? `no answer within ${lookTimeoutMs} ms` : messageOf(error)
    }
  }

  /** Once, at a primary that is ours: where it does not work, every look would try again. */
  #shouldPrepare({ maker }: KnownServer, { role }: LoadLook): boolean {
    if (maker === undefined || role !== "primary" || !this.#mayPrepare) return false
    this.#mayPrepare = false
    return true
  }
}

function viewOf(id: string, look: LoadLook | string, ahead: LoadLook | undefined): DatabaseServerView {
  if (typeof look === "string") return { id, problem: look }
  const { statements, timeline, running, lagMs = 0, ...rest } = look
  const behind = ahead === undefined ? undefined : parseLsn(ahead.position) - parseLsn(look.position)
  const isBehind = look.role === "replica" && behind !== undefined
  return {
    id,
    ...rest,
    ...(timeline > 0 && { timeline }),
    // Asked at slightly different moments: a replica may seem to be ahead.
    ...(isBehind && { lagBytes: Math.max(0, Number(behind)), lagMs }),
    running: [...running],
    ...(typeof statements === "string" ? { statementsMissing: statements } : { statements: [...statements] }),
  }
}
