import { messageOf } from "../../kit/errors.ts"
import { until } from "../../kit/node/until.ts"
import { dataError } from "../../tiers/data/data-errors.ts"
import { openConnection } from "../../tiers/data/postgres/connection.ts"
import { overConnection } from "../../tiers/data/postgres/connection-within.ts"
import {
  loginRefused,
  type ReadOnlyAnswer,
  readOnly,
} from "../../tiers/data/postgres/reading/read-only-query.ts"
import { prepareReader } from "../../tiers/data/postgres/reading/reading-role.ts"
import { type DatabaseServerView, type SqlAnswer, type SqlRequest, sqlLimits } from "../../wire/admin.ts"
import type { KnownServer } from "./known-servers.ts"

/** Each holds an answer of `sqlLimits.mostBytes` at most. */
const mostAtOnce = 2
const prepareTimeoutMs = 5_000
/** A replica has what its primary was told a moment later. */
const followMs = 3_000

export type SqlDeskOptions = {
  readonly servers: () => Promise<readonly KnownServer[]>
  /** Who is what at this moment. */
  readonly look: () => Promise<readonly DatabaseServerView[]>
}

/** Does what people ask of a database. One statement each, which only reads; see `readOnly`. */
export class SqlDesk {
  readonly #options: SqlDeskOptions
  #running = 0
  /** The role is made once in the life of this process; again where a server does not know it. */
  #prepared: Promise<void> | undefined

  constructor(options: SqlDeskOptions) {
    this.#options = options
  }

  /** Throws BN2290 .. BN2297. */
  async ask(request: SqlRequest, signal: AbortSignal): Promise<SqlAnswer> {
    if (this.#running >= mostAtOnce) throw dataError("BN2296", { running: this.#running })
    this.#running++
    try {
      const server = await this.#choose(request.instance)
      if (server.reader === undefined) throw dataError("BN2297", {})
      const { role, columns, rows, ...rest } = await this.#read(server, request, signal)
      return { instance: server.id, role, columns: [...columns], rows: rows.map(row => [...row]), ...rest }
    } finally {
      this.#running--
    }
  }

  async #read(server: KnownServer, request: SqlRequest, signal: AbortSignal): Promise<ReadOnlyAnswer> {
    const { sql: text, mostRows, timeoutMs } = request
    const { address, reader, maker } = server
    const query = { text, mostRows, timeoutMs, signal, mostBytes: sqlLimits.mostBytes }
    const read = () => readOnly({ ...query, address, credentials: reader! })
    // Where the primary is away the role may be there all the same.
    if (maker !== undefined) await (this.#prepared ??= this.#prepare()).catch(() => {})
    try {
      return await read()
    } catch (error) {
      if (!loginRefused(error)) throw error
      if (maker === undefined) throw dataError("BN2292", { reason: messageOf(error) }, error)
    }
    this.#prepared = this.#prepare()
    await this.#prepared.catch(error => {
      this.#prepared = undefined
      throw dataError("BN2292", { reason: messageOf(error) }, error)
    })
    const over = AbortSignal.any([signal, AbortSignal.timeout(followMs)])
    const known = () =>
      read().catch(error => (loginRefused(error) && !over.aborted ? undefined : Promise.reject(error)))
    return until(known, 50, over)
  }

  async #prepare(): Promise<void> {
    const { maker, address, reader, app } = await this.#choose("primary")
    if (maker === undefined || reader === undefined) return
    const over = AbortSignal.timeout(prepareTimeoutMs)
    const opening = openConnection(address, maker, "banyan-sql", {
      options: `-c statement_timeout=${prepareTimeoutMs}`,
    })
    await overConnection(opening, over, client => prepareReader(client, String(reader.password), app!))
  }

  async #choose(wanted: string | undefined): Promise<KnownServer> {
    const servers = await this.#options.servers()
    const named = servers.find(({ id }) => id === wanted)
    if (named !== undefined) return named
    const known = servers.map(({ id }) => id).join(", ") || "none"
    const isRole = wanted === undefined || wanted === "primary" || wanted === "replica"
    if (!isRole || servers.length === 0) throw dataError("BN2294", { id: wanted ?? "", known })
    const looks = await this.#options.look()
    const one = (role: "primary" | "replica") => looks.find(look => look.role === role)?.id
    const id = wanted === undefined ? (one("replica") ?? one("primary")) : one(wanted)
    const chosen = servers.find(server => server.id === id)
    if (chosen === undefined) throw dataError("BN2294", { id: wanted ?? "primary", known })
    return chosen
  }
}
