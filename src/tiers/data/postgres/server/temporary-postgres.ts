import { type ChildProcess, spawn } from "node:child_process"
import { chmodSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join, resolve } from "node:path"
import type { TestContext } from "node:test"
import { setTimeout as sleep } from "node:timers/promises"
import type { Address } from "../../../../wire/map.ts"
import type { DataCredentials } from "../../data.ts"
import { type Member, memberOf } from "../replication/member.ts"
import type { MemberProcess } from "../replication/member-process.ts"
import { killServer } from "./kill-server.ts"
import { hasLivePostgres, serverProcesses } from "./pid-file.ts"
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

  /** kill -9 for it and its children, frozen or not. */
  async killWholly(): Promise<void> {
    await killServer(this.dataFolder, AbortSignal.timeout(startTimeoutMs))
    await this.#end("SIGKILL")
  }

  /** Every process of it stands still (SIGSTOP), until it is thawed or killed. */
  freeze(): void {
    for (const pid of serverProcesses(this.dataFolder)) process.kill(pid, "SIGSTOP")
  }

  thaw(): void {
    for (const pid of serverProcesses(this.dataFolder)) process.kill(pid, "SIGCONT")
  }

  /** As a driver that runs it. */
  get process(): MemberProcess {
    return { start: () => this.start(), stop: () => this.stop(), kill: () => this.killWholly() }
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

type TemporaryOptions = Partial<PostgresServerOptions> & { readonly folder: string }

/** A server whose things lie in one temporary folder. */
export function serverOf({ folder, ...options }: TemporaryOptions): PostgresServer {
  const { id = "postgres-1" } = options
  return createPostgresServer({
    id,
    dataRoot: folder,
    cacheFolder: resolve(".banyan/cache"),
    sharedHome: join(folder, "shared"),
    forcedRunAs: process.env["BANYAN_POSTGRES_AS"],
    durable: false,
    logFile: logFileOf(folder, id),
    ...options,
  })
}

function logFileOf(folder: string, id: string): string {
  return join(folder, `${id}.log`)
}

/** Throws what the server's start throws. A given `folder` is taken over: removed like one made here. */
export async function temporaryPostgres(
  t: Pick<TestContext, "after">,
  options: Partial<TemporaryOptions> = {},
): Promise<TemporaryPostgres> {
  const { folder = mkdtempSync(join(tmpdir(), "banyan-pg-")), id = "postgres-1" } = options
  // As `nobody` the server must be able to pass through.
  chmodSync(folder, 0o711)
  const server = serverOf({ ...options, folder })
  let postgres: TemporaryPostgres | undefined
  t.after(async () => {
    await postgres?.kill()
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  })
  const member = memberOf(id, server, await server.prepare())
  postgres = new TemporaryPostgres(server, member, logFileOf(folder, id))
  await postgres.start()
  return postgres
}
