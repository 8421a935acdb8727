import { messageOf } from "../../kit/errors.ts"
import { orAborted } from "../../kit/node/until.ts"
import type { Config } from "../../topology/config.ts"
import type { BackupsView, DataTierView, SqlAnswer, SqlRequest } from "../../wire/admin.ts"
import { backupTarget, restorable } from "./backup.ts"
import type { KnownServer } from "./known-servers.ts"
import { ServerDesk } from "./server-desk.ts"
import { SqlDesk } from "./sql-desk.ts"

/** A target that hangs is told as such. */
const backupsTimeoutMs = 10_000

/** What the admin API tells of the databases of this folder (the working directory), and asks of them. */
export class DatabaseDesk {
  readonly #config: Config
  readonly #servers: () => Promise<readonly KnownServer[]>
  readonly #desk: ServerDesk
  readonly #sql: SqlDesk

  constructor(config: Config, servers: () => Promise<readonly KnownServer[]>) {
    this.#config = config
    this.#servers = servers
    this.#desk = new ServerDesk(servers)
    this.#sql = new SqlDesk({ servers, look: () => this.#desk.look() })
  }

  async look(): Promise<DataTierView> {
    const { engine = "embedded", maxConnections, readerUrl } = this.#config.data
    const [servers, [first]] = await Promise.all([this.#desk.look(), this.#servers()])
    const user = first?.reader?.user
    const mayNobody = engine === "external" && readerUrl === undefined
    const sql = {
      ...(user !== undefined && { user }),
      ...(mayNobody && { refused: "data/readerUrl names no role that may read" }),
    }
    return { schema: 1, engine, connectionBudget: maxConnections, sql, servers }
  }

  async backups(): Promise<BackupsView> {
    const { target: configured } = this.#config.data.backup
    if (configured === undefined) return { schema: 1, backups: [] }
    const over = AbortSignal.timeout(backupsTimeoutMs)
    try {
      const target = await orAborted(backupTarget(this.#config), over)
      const { backups, archivedToMs } = await orAborted(restorable(target), over)
      const listed = backups.map(({ name, startedAtMs, endedAtMs, bytes, storedBytes, timeline }) => {
        return { name, startedAtMs, endedAtMs, bytes, storedBytes, timeline }
      })
      return {
        schema: 1,
        target: target.name,
        backups: listed,
        ...(archivedToMs !== undefined && { archivedToMs }),
      }
    } catch (error) {
      const problem = over.aborted ? `no answer within ${backupsTimeoutMs} ms` : messageOf(error)
      return { schema: 1, target: configured, backups: [], problem }
    }
  }

  ask(request: SqlRequest, signal: AbortSignal): Promise<SqlAnswer> {
    return this.#sql.ask(request, signal)
  }
}
