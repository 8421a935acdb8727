import { type ChildProcess, spawn } from "node:child_process"
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import type { TestContext } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import type { Address } from "../../../../wire/map.ts"
import type { DataCredentials } from "../../data.ts"
import { type Member, memberOf } from "../replication/member.ts"
import { hasLivePostgres } from "./pid-file.ts"
import { createPostgresServer, type PostgresServer, type PostgresServerOptions } from "./postgres-server.ts"
import { socketPort } from "./server-settings.ts"

/** Generous: a busy machine is no failure. */
const startTimeoutMs = 60_000

/** Test support: a real server of one's own in a temporary folder, gone when the test ends. */
export class TemporaryPostgres {
  readonly server: PostgresServer
  readonly address: Address & { readonly path: string }
  readonly credentials: DataCredentials
  readonly superuser: DataCredentials
  /** For programs that take a host and a port: the folder of the socket. */
  readonly socketFolder: string
  readonly port = socketPort
  readonly dataFolder: string
  /** Holds the data folder, its secret file and the log. */
  readonly folder: string
  readonly logFile: string
  /** For what is done to it as one of a fleet. */
  readonly member: Member
  #child: ChildProcess | undefined

  constructor(server: PostgresServer, member: Member, logFile: string) {
    this.server = server
    this.member = member
    this.address = member.address as { path: string }
    this.credentials = server.credentials
    this.superuser = server.superuser
    this.socketFolder = resolve(this.address.path, "..")
    this.dataFolder = member.dataFolder
    this.folder = dirname(logFile)
    this.logFile = logFile
  }

  get pid(): number | undefined {
    return this.#child?.pid
  }

  /** What the server has said so far. */
  get log(): string {
    return readFileSync(this.logFile, "utf8")
  }

  /** Starts it, also again after `stop` or `kill`; resolves when it is ready. */
  async start(): Promise<void> {
    const { argv, env, cwd, uid, gid } = await this.server.prepare()
    const [program, ...args] = argv
    const log = openSync(this.logFile, "a")
    const child = spawn(program, args, {
      cwd,
      env,
      stdio: ["ignore", log, log],
      ...(uid === undefined ? {} : { uid }),
      ...(gid === undefined ? {} : { gid }),
    })
    closeSync(log)
    this.#child = child
    if (child.pid === undefined) throw await new Promise(failed => child.once("error", failed))
    await this.server.waitReady(child.pid, AbortSignal.timeout(startTimeoutMs))
  }

  /** Fast shutdown. */
  async stop(): Promise<void> {
    await this.#end("SIGINT")
  }

  /** kill -9; resolves when the server's children have seen it and left. What was not flushed is lost. */
  async kill(): Promise<void> {
    if (!(await this.#end("SIGKILL"))) return
    while (hasLivePostgres(this.dataFolder)) await sleep(2)
  }

  /** Whether there was something to end. */
  async #end(signal: NodeJS.Signals): Promise<boolean> {
    const child = this.#child
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return false
    const gone = new Promise(resolve => child.once("exit", resolve))
    child.kill(signal)
    await gone
    return true
  }
}

/** Throws what the server's start throws. A given `folder` is taken over: removed like one made here. */
export async function temporaryPostgres(
  t: Pick<TestContext, "after">,
  options: Partial<PostgresServerOptions> & { readonly folder?: string } = {},
): Promise<TemporaryPostgres> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "banyan-pg-"))
  // As `nobody` the server must be able to pass through.
  chmodSync(folder, 0o711)
  const { id = "postgres-1" } = options
  const logFile = join(folder, `${id}.log`)
  const server = createPostgresServer({
    id,
    dataRoot: folder,
    cacheFolder: resolve(".banyan/cache"),
    sharedHome: join(folder, "shared"),
    forcedRunAs: process.env["BANYAN_POSTGRES_AS"],
    durable: false,
    logFile,
    ...options,
  })
  let postgres: TemporaryPostgres | undefined
  t.after(async () => {
    await postgres?.kill()
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  })
  postgres = new TemporaryPostgres(server, memberOf(id, server, await server.prepare()), logFile)
  await postgres.start()
  return postgres
}
