import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import {
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import pg from "pg"
import { freePort } from "../../src/kit/node/free-port.ts"
import { hasEnded, processTree } from "../../src/lab/faults/process-tree.ts"
import { nobodyId } from "../../src/tiers/data/postgres/server/run-as.ts"
import type { Write } from "./writers.ts"

const binaries = "/usr/lib/postgresql/15/bin"
const [patroni, etcd] = ["/usr/bin/patroni", "/usr/bin/etcd"]
export const howToInstall =
  "apt-get install --no-install-recommends patroni python3-etcd etcd-server postgresql-15"
;("apt-get install --no-install-recommends patroni python3-etcd etcd-server postgresql-15")
const superuser = { user: "postgres", password: "bench", database: "postgres" }
const replicator = { username: "replicator", password: "bench" }
/** As long as a client believes in a server that says nothing: our own bound for a primary that hangs. */
const clientPatienceMs = 1000
const restPatienceMs = 2000
const settleTimeoutMs = 300_000

/** What is written to etcd when a cluster is born; the names are Patroni's. */
export type PatroniSettings = Readonly<Record<string, string | number | boolean>>

/** What it is, exactly; undefined: not installed. */
export function patroniVersion(): string | undefined {
  if (![patroni, etcd, `${binaries}/postgres`].every(path => existsSync(path))) return undefined
  const said = (program: string) => execFileSync(program, ["--version"], { encoding: "utf8" })
  const numbers = [patroni, etcd, `${binaries}/postgres`].map(path => /[0-9]+\.[0-9.]+/.exec(said(path))?.[0])
  return `Patroni ${numbers[0]}, etcd ${numbers[1]}, PostgreSQL ${numbers[2]}`
}

type Seen = { readonly name: string; readonly role: string; readonly state: string }
type Node = {
  readonly name: string
  readonly folder: string
  readonly port: number
  readonly restPort: number
}

/** Debian's own: etcd, and three Patronis with a PostgreSQL 15 each, all on this machine, on loopback ports. */
export class PatroniCluster {
  readonly #folder: string
  readonly #nodes: readonly Node[]
  readonly #children: ChildProcess[] = []
  readonly #started: Node[] = []
  #last: readonly Seen[] = []

  private constructor(folder: string, nodes: readonly Node[]) {
    this.#folder = folder
    this.#nodes = nodes
  }

  static async start(settings: PatroniSettings): Promise<PatroniCluster> {
    const folder = mkdtempSync(join(tmpdir(), "banyan-patroni-"))
    own(folder)
    const nodes: Node[] = []
    for (const name of ["one", "two", "three"])
      nodes.push({ name, folder: join(folder, name), port: await freePort(), restPort: await freePort() })
    const cluster = new PatroniCluster(folder, nodes)
    process.once("exit", cluster.#endNow)
    try {
      await cluster.#start(settings)
      return cluster
    } catch (error) {
      await cluster.end()
      throw error
    }
  }

  async #start(settings: PatroniSettings): Promise<void> {
    const [clients, peers] = [`http://127.0.0.1:${await freePort()}`, `http://127.0.0.1:${await freePort()}`]
    this.#spawn("etcd", [
      ...[etcd, "--name=bench", `--data-dir=${join(this.#folder, "etcd.data")}`],
      ...[`--listen-client-urls=${clients}`, `--advertise-client-urls=${clients}`],
      ...[`--listen-peer-urls=${peers}`, `--initial-advertise-peer-urls=${peers}`],
      `--initial-cluster=bench=${peers}`,
    ])
    const etcdAt = clients.slice("http://".length)
    for (const node of this.#nodes) {
      mkdirSync(node.folder, { mode: 0o700 })
      own(node.folder)
      const file = join(node.folder, "patroni.yml")
      // Of YAML every JSON is a part.
      writeFileSync(file, JSON.stringify(configOf(node, etcdAt, settings), null, 2))
      own(file)
      this.#spawn(node.name, [patroni, file])
      this.#started.push(node)
      // The first one is the leader, so that it is the same each time.
      if (node === this.#nodes[0]) await this.#until("a leader", seen => leaderOf(seen) !== undefined)
    }
    await this.whole()
    await this.#asLeader("create table posts (text text primary key)")
  }

  /** Writers at its databases: each asks them in turn who takes writes, and keeps its connection. */
  writes(count: number): Write[] {
    return Array.from({ length: count }, () => writeTo(this.#nodes.map(({ port }) => port)))
  }

  /** A leader, a standby that every commit waits for, and another one, all of them running; how far behind it says nothing. */
  async whole(): Promise<void> {
    await this.#until("a whole cluster", seen => {
      const running = seen.filter(({ state }) => state === "running" || state === "streaming")
      return running.length === 3 && leaderOf(seen) !== undefined && seen.some(isSync)
    })
  }

  /** Of the leader: its postmaster and everything below it. */
  async leaderProcesses(): Promise<number[]> {
    const leader = this.#nodes.find(({ name }) => name === leaderOf(this.#last)?.name)
    const pid = Number(readFileSync(join(leader!.folder, "data", "postmaster.pid"), "utf8").split("\n")[0])
    return processTree(pid)
  }

  async rows(): Promise<string[]> {
    return (await this.#asLeader("select text from posts")).map(row => String(row["text"]))
  }

  async end(): Promise<void> {
    process.off("exit", this.#endNow)
    const all = this.#kill()
    while (!all.every(hasEnded)) await sleep(10)
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** Also when somebody interrupts it. */
  readonly #endNow = () => {
    const all = this.#kill()
    while (!all.every(hasEnded)) this.#kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** Each Patroni first, so that it starts nobody anew. */
  #kill(): number[] {
    const all = this.#children.flatMap(({ pid }) => (pid === undefined ? [] : processTree(pid)))
    for (const { folder } of this.#nodes) all.push(...postmasterOf(folder))
    for (const pid of all) signal(pid, "SIGKILL")
    return all
  }

  /** So say all that were started: one whose server hung tells for a while what it saw before. */
  async #until(what: string, isThere: (seen: readonly Seen[]) => boolean): Promise<void> {
    for (const startedMs = Date.now(); Date.now() - startedMs < settleTimeoutMs; await sleep(100)) {
      const views = await Promise.all(this.#started.map(viewOf))
      const leaders = new Set(views.map(seen => leaderOf(seen)?.name))
      this.#last = views[0] ?? []
      if (leaders.size === 1 && views.every(isThere)) return
    }
    throw new Error(`waited in vain for ${what}: ${JSON.stringify(this.#last)}`)
  }

  /** At the one that says itself that it takes writes. Throws when that is nobody, or several. */
  async #asLeader(query: string): Promise<Record<string, unknown>[]> {
    const clients = await Promise.all(
      this.#started.map(({ port }) => openPrimary(port, settleTimeoutMs).catch(() => undefined)),
    )
    const primaries = clients.filter(client => client !== undefined)
    try {
      if (primaries.length !== 1) throw new Error(`${primaries.length} of the servers take writes`)
      return (await primaries[0]!.query(query)).rows
    } finally {
      for (const client of primaries) await client.end()
    }
  }

  #spawn(name: string, [program, ...args]: readonly string[]): void {
    const log = openSync(join(this.#folder, `${name}.log`), "a")
    const as = process.getuid?.() === 0 ? { uid: nobodyId, gid: nobodyId } : {}
    const env = { PATH: process.env["PATH"], HOME: this.#folder, LC_ALL: "C.UTF-8" }
    this.#children.push(spawn(program!, args, { ...as, env, cwd: this.#folder, stdio: ["ignore", log, log] }))
  }
}

function configOf({ name, folder, port, restPort }: Node, etcdAt: string, settings: PatroniSettings) {
  const { user: username, password } = superuser
  const [at, rest] = [`127.0.0.1:${port}`, `127.0.0.1:${restPort}`]
  return {
    scope: "bench",
    name,
    restapi: { listen: rest, connect_address: rest },
    etcd3: { host: etcdAt },
    bootstrap: {
      dcs: { ...settings, postgresql: { use_pg_rewind: true, use_slots: true } },
      initdb: [{ encoding: "UTF8" }, { locale: "C.UTF-8" }, "data-checksums"],
      pg_hba: ["replication", "all"].map(what => `host ${what} all 127.0.0.1/32 scram-sha-256`),
    },
    postgresql: {
      listen: at,
      connect_address: at,
      bin_dir: binaries,
      data_dir: join(folder, "data"),
      pgpass: join(folder, "pgpass"),
      authentication: { superuser: { username, password }, replication: replicator },
      parameters: { unix_socket_directories: folder },
    },
  }
}

/** What its Patroni knows of the cluster; nothing when it does not answer. */
async function viewOf({ restPort }: Node): Promise<Seen[]> {
  try {
    const signal = AbortSignal.timeout(restPatienceMs)
    const answer = await fetch(`http://127.0.0.1:${restPort}/cluster`, { signal })
    return ((await answer.json()) as { members?: Seen[] }).members ?? []
  } catch {
    return []
  }
}

/** One connection, to whoever takes writes; a write that failed is not repeated. */
function writeTo(ports: readonly number[]): Write {
  let client: pg.Client | undefined
  let turn = 0
  return async text => {
    try {
      client ??= await openPrimary(ports[turn++ % ports.length]!)
      await client.query("insert into posts values ($1)", [text])
    } catch (error) {
      // pg's own goodbye would wait for a server that hangs.
      if (client !== undefined)
        (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy()
      client = undefined
      throw error
    }
  }
}

async function openPrimary(port: number, patienceMs = clientPatienceMs): Promise<pg.Client> {
  const limits = { connectionTimeoutMillis: patienceMs, query_timeout: patienceMs }
  const client = new pg.Client({ ...superuser, host: "127.0.0.1", port, ...limits })
  client.on("error", () => {})
  await client.connect()
  const { rows } = await client.query<{ recovering: boolean }>("select pg_is_in_recovery() as recovering")
  if (rows[0]?.recovering === false) return client
  await client.end()
  throw new Error("it is a replica")
}

function leaderOf(seen: readonly Seen[]): Seen | undefined {
  return seen.find(({ role, state }) => isLeader(role) && state === "running")
}

function isLeader(role: string): boolean {
  return role === "leader" || role === "master" || role === "primary"
}

function isSync({ role }: Seen): boolean {
  return role === "sync_standby"
}

function postmasterOf(folder: string): number[] {
  const file = join(folder, "data", "postmaster.pid")
  return existsSync(file) ? processTree(Number(readFileSync(file, "utf8").split("\n")[0])) : []
}

export function signal(pid: number, name: "SIGKILL" | "SIGSTOP"): void {
  try {
    process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error
  }
}

function own(path: string): void {
  if (process.getuid?.() === 0) chownSync(path, nobodyId, nobodyId)
}
