import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { Kysely, PostgresDialect } from "kysely"
import pg from "pg"
import type { BeigelTables } from "../../apps/beigel/tables.ts"
import { freePort } from "../../src/kit/node/free-port.ts"
import { chooseRunAs, runAs } from "../../src/tiers/data/postgres/server/run-as.ts"
import type { TemporaryPostgres } from "../../src/tiers/data/postgres/server/temporary-postgres.ts"
import { listening } from "../processes.ts"
import { packageVersion } from "../versions.ts"
import { askedBy, type Contender, connections } from "./contenders.ts"

const program = "/usr/sbin/pgbouncer"

/** Debian's; undefined when it is not installed. */
export const pgBouncerVersion = existsSync(program)
  ? execFileSync(program, ["--version"], { encoding: "utf8" }).split("\n")[0]?.split(" ")[1]
  : undefined

/** Bare Kysely + pg with PgBouncer between them and the primary; what that takes counts as the servers'. */
export class PgBouncer {
  readonly contender: Contender
  readonly #folder: string
  readonly #child: ChildProcess

  private constructor(contender: Contender, folder: string, child: ChildProcess) {
    this.contender = contender
    this.#folder = folder
    this.#child = child
  }

  get pid(): number {
    return this.#child.pid as number
  }

  static async start({ credentials, socketFolder, port }: TemporaryPostgres): Promise<PgBouncer> {
    const folder = mkdtempSync(join(tmpdir(), "banyan-pgbouncer-"))
    const listenPort = await freePort()
    const { user, password, database } = credentials
    const users = join(folder, "users.txt")
    writeFileSync(users, `"${user}" "${password}"\n`, { mode: 0o600 })
    const file = join(folder, "pgbouncer.ini")
    writeFileSync(
      file,
      `[databases]
${database} = host=${socketFolder} port=${port} pool_size=${connections}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${listenPort}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = transaction
`,
    )
    // It refuses root as Postgres does, and has to reach the same socket.
    const isRoot = process.getuid?.() === 0
    const as = runAs(chooseRunAs({ isRoot, forced: undefined, recorded: undefined, usernsWorks: () => true }))
    const [command, ...args] = as.wrap([program, "-q", file])
    const child = spawn(command, args, { stdio: ["ignore", "inherit", "inherit"] })
    await listening(listenPort)
    const pool = new pg.Pool({ ...credentials, host: "127.0.0.1", port: listenPort, max: connections })
    const contender: Contender = {
      name: "Kysely + pg + PgBouncer",
      version: `${packageVersion("kysely")} + ${packageVersion("pg")} + ${pgBouncerVersion}`,
      configuration: `its PostgresDialect, PgBouncer by transaction before the primary alone, ${connections} connections`,
      ...askedBy(new Kysely<BeigelTables>({ dialect: new PostgresDialect({ pool }) })),
      asUser: work => work(),
    }
    return new PgBouncer(contender, folder, child)
  }

  /** After its contender. */
  async end(): Promise<void> {
    const gone = new Promise(resolve => this.#child.once("exit", resolve))
    this.#child.kill("SIGKILL")
    await gone
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
