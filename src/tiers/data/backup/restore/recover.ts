import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { closeSync, openSync, readFileSync, rmSync, statSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import type pg from "pg"
import { destroyConnection, openConnection } from "../../postgres/connection.ts"
import { formatLsn, parseLsn } from "../../postgres/replication/lsn.ts"
import { writeOwned } from "../../postgres/server/data-folder.ts"
import { killServer } from "../../postgres/server/kill-server.ts"
import { readPidFile } from "../../postgres/server/pid-file.ts"
import type { PostgresServer, PostgresWords } from "../../postgres/server/postgres-server.ts"
import { superuser } from "../../postgres/server/template.ts"
import { backupError } from "../backup-errors.ts"
import { fetchedLog } from "./fetch-backup.ts"
import { wordsOf, wordsOfTime } from "./moment.ts"
import type { RestorePlan } from "./plan-restore.ts"

export type Recovered = {
  /** A new one: what is written from now on is told apart from what was written before. */
  readonly timeline: number
  readonly lsn: string
  /** Of the last commit that was replayed; undefined when there was none after the backup. */
  readonly lastCommitAtMs: number | undefined
}

const pollMs = 20
const hbaFile = "banyan-restore.hba"
/** Files in a folder nobody else may enter: for the seconds of the recovery its superuser needs no password. */
const hbaText = `local all ${superuser} trust\n`

/**
 * Replays the log up to the moment, makes the database a primary on a new timeline, asks it how far it came, and stops it in
 * order. Rejects with BN2420 when it did not get there; the folder is the caller's to remove.
 */
export async function recover(
  server: PostgresServer,
  words: PostgresWords,
  plan: RestorePlan,
  { target, logFile }: { readonly target: string; readonly logFile: string },
  signal: AbortSignal,
): Promise<Recovered> {
  const { uid, gid, dataFolder: path } = words
  const as = uid === undefined || gid === undefined ? {} : { uid, gid }
  writeOwned({ path, as }, hbaFile, hbaText)
  const wanted = plan.moment.kind === "time"
  const begun = statSync(logFile, { throwIfNoEntry: false })?.size ?? 0
  try {
    return await replay(server, words, plan, wanted, logFile, signal)
  } catch (error) {
    const isEnd = /recovery ended before configured recovery target was reached/.test(
      readFileSync(logFile).subarray(begun).toString(),
    )
    if (!isEnd || plan.moment.kind !== "time") throw failed(plan, error)
    // Nothing was committed after the moment, as far as there is a log. Only if that reaches the moment, its end is it.
    if (plan.missing !== undefined)
      throw backupError("BN2416", { target, name: plan.missing, wanted: wordsOf(plan.moment) })
    if (plan.moment.atMs > plan.coveredToMs) throw tooLate(plan, plan.moment.atMs)
    return await replay(server, words, plan, false, logFile, signal).catch(again => {
      throw failed(plan, again)
    })
  } finally {
    await killServer(path, AbortSignal.timeout(30_000)).catch(() => {})
    rmSync(join(path, fetchedLog), { recursive: true, force: true })
    rmSync(join(path, hbaFile), { force: true })
  }
}

async function replay(
  server: PostgresServer,
  words: PostgresWords,
  plan: RestorePlan,
  toMoment: boolean,
  logFile: string,
  signal: AbortSignal,
): Promise<Recovered> {
  const [program, ...args] = [...words.argv, ...settings(plan, toMoment)] as [string, ...string[]]
  const { cwd, env, uid, gid, address } = words
  const log = openSync(logFile, "a", 0o600)
  const child = spawn(program, args, {
    ...{ cwd, env, stdio: ["ignore", log, log] },
    ...(uid === undefined || gid === undefined ? {} : { uid, gid }),
  })
  closeSync(log)
  const gone = once(child, "exit")
  gone.catch(() => {})
  try {
    await server.waitReady(child.pid!, signal)
    await outOfRecovery(words.dataFolder, child, signal)
    const login = { user: superuser, password: "", database: "postgres" }
    const client = await openConnection(address, login, "banyan-restore")
    try {
      return await askHowFar(client, plan)
    } finally {
      destroyConnection(client)
    }
  } finally {
    if (child.exitCode === null && child.signalCode === null) child.kill(words.stopSignal)
    await gone
  }
}

/** Ready is said already while it replays. Throws BN2239 once it has ended. */
async function outOfRecovery(folder: string, child: ChildProcess, signal: AbortSignal) {
  while (readPidFile(folder)?.status !== "ready") {
    signal.throwIfAborted()
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`its server (pid ${child.pid}) ended while it replayed the log`)
    await sleep(pollMs)
  }
}

/** On the command line: nothing of it stays in the folder. */
function settings({ moment, timeline }: RestorePlan, toMoment: boolean): string[] {
  const values: Record<string, string> = {
    // The cwd of a server is its data folder.
    restore_command: `cp ${fetchedLog}/%f %p`,
    recovery_target_timeline: String(timeline),
    recovery_target_action: "promote",
    hba_file: hbaFile,
    // What it writes is synced when it has ended.
    fsync: "off",
    // Nobody follows it, and nobody reads from it until it is a primary.
    hot_standby: "off",
    ...(moment.kind === "backup" ? { recovery_target: "immediate" } : {}),
    ...(moment.kind === "time" && toMoment
      ? { recovery_target_time: postgresTime(moment.atMs), recovery_target_inclusive: "on" }
      : {}),
  }
  return Object.entries(values).flatMap(([name, value]) => ["-c", `${name}=${value}`])
}

/** The whole millisecond counts: nobody is shown more of a time. (At its start Postgres knows no `Z`.) */
function postgresTime(atMs: number): string {
  return new Date(atMs).toISOString().replace("T", " ").replace("Z", "999+00")
}

async function askHowFar(client: pg.Client, plan: RestorePlan): Promise<Recovered> {
  const { rows } = await client.query(
    `select pg_is_in_recovery() as recovering, pg_last_wal_replay_lsn()::text as lsn,
       extract(epoch from pg_last_xact_replay_timestamp()) * 1000 as "lastMs",
       ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int as timeline`,
  )
  const { recovering, lsn, lastMs, timeline } = rows[0]
  if (recovering) throw new Error("it is still in recovery")
  // A record that is damaged or cut off ends the log for Postgres, silently; less than a file of it may be a record's beginning.
  const short = plan.end - parseLsn(lsn)
  if (plan.moment.kind === "latest" && short > BigInt(plan.backup.segmentBytes))
    throw new Error(`its log ended at ${lsn}, the archive's at ${formatLsn(plan.end)}`)
  return { timeline, lsn, lastCommitAtMs: lastMs === null ? undefined : Math.round(Number(lastMs)) }
}

function tooLate({ coveredToMs }: RestorePlan, atMs: number) {
  return backupError("BN2414", { wanted: wordsOfTime(atMs), last: wordsOfTime(coveredToMs) })
}

function failed(plan: RestorePlan, error: unknown) {
  const reason = error instanceof Error ? error.message : String(error)
  return backupError("BN2420", { wanted: wordsOf(plan.moment), reason }, error)
}
