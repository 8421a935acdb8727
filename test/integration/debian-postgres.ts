import { spawn, spawnSync } from "node:child_process"
import { chmodSync, chownSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import pg from "pg"
import { freePort } from "../../src/kit/node/free-port.ts"
import { until } from "./until.ts"

const binaries = "/usr/lib/postgresql/15/bin"
/** `nobody`: Postgres refuses to run as root. */
const nobody = 65_534

export const isInstalled = existsSync(`${binaries}/postgres`)

/** Test support: Debian's own PostgreSQL 15 on a loopback port, with a role that is no superuser and its database. */
export class DebianPostgres {
  readonly port: number
  readonly #folder: string
  readonly #end: () => Promise<void>

  private constructor(port: number, folder: string, end: () => Promise<void>) {
    this.port = port
    this.#folder = folder
    this.#end = end
  }

  static async start(role: { readonly user: string; readonly password: string }): Promise<DebianPostgres> {
    const folder = mkdtempSync(join(tmpdir(), "banyan-debian-pg-"))
    const as = process.getuid?.() === 0 ? { uid: nobody, gid: nobody } : {}
    chmodSync(folder, 0o711)
    const data = join(folder, "data")
    const secret = join(folder, "secret")
    writeFileSync(secret, "boss")
    if (as.uid !== undefined) for (const path of [folder, secret]) chownSync(path, nobody, nobody)
    const words = [
      "-D",
      data,
      "-U",
      "boss",
      `--pwfile=${secret}`,
      "--auth=scram-sha-256",
      "--no-sync",
      "-E",
      "UTF8",
    ]
    const made = spawnSync(`${binaries}/initdb`, words, { ...as, cwd: folder, encoding: "utf8" })
    if (made.status !== 0) throw new Error(made.stderr)
    const port = await freePort()
    const settings = { port, listen_addresses: "127.0.0.1", unix_socket_directories: "", fsync: "off" }
    const argv = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])
    const child = spawn(`${binaries}/postgres`, ["-D", data, ...argv], {
      ...as,
      cwd: folder,
      stdio: "ignore",
    })
    const gone = new Promise<unknown>(resolve => child.once("exit", resolve))
    const postgres = new DebianPostgres(port, folder, async () => {
      child.kill("SIGINT")
      await gone
    })
    await until("Debian's Postgres", () => postgres.asBoss("select 1").catch(() => undefined))
    await postgres.asBoss(`create role ${role.user} login password '${role.password}'`)
    await postgres.asBoss(`create database ${role.user} owner ${role.user}`)
    return postgres
  }

  async asBoss(statement: string, database = "postgres"): Promise<Record<string, unknown>[]> {
    const { port } = this
    const client = new pg.Client({ host: "127.0.0.1", port, user: "boss", password: "boss", database })
    await client.connect()
    try {
      return (await client.query(statement)).rows
    } finally {
      await client.end()
    }
  }

  async end(): Promise<void> {
    await this.#end()
    rmSync(this.#folder, { recursive: true, force: true })
  }
}
