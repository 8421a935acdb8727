import { rmSync } from "node:fs"
import { setTimeout as sleep } from "node:timers/promises"
import { readConfig } from "../../../boot/config/config-file.ts"
import { backupTarget, restorable } from "../../../boot/databases/backup.ts"
import { databaseFolders } from "../../../boot/databases/database-folders.ts"
import { prepareRestored, swapRestoredIn } from "../../../boot/databases/restore.ts"
import { paths } from "../../../boot/project-paths.ts"
import { lookUntil } from "../../../boot/service/look-until.ts"
import type { LoadReport } from "../../load/load.ts"
import { loadError } from "../../load/load-errors.ts"
import { totalsOf } from "../drill.ts"
import { beginLoad } from "../stage/begin-load.ts"
import { replicasOf } from "../stage/databases.ts"
import type { CannedStage } from "../stage/on-canned-app.ts"
import { KeptPosts, type RestoredTo } from "./kept-posts.ts"
import { PostingUsers } from "./posting-users.ts"

/** What is restored: all that the archive holds, or what was there at a moment that users wrote on both sides of. */
export type RestoredPoint = "the end" | "a moment"

/** Users write for so long before the moment, and after it. */
const writeMs = { short: 1000, full: 3000 }
const firstBackupMs = 60_000
/** A piece of log leaves a second after it was written; this is far more, on a busy machine too. */
const unsentMs = 10_000
/** Both clocks are told in whole milliseconds. */
const clockMs = 2

/** A service of the drill's that loses everything, again and again, and the users whose posts are judged. */
export class DoomedService {
  readonly #stage: CannedStage
  readonly #posts: KeptPosts
  readonly #users: PostingUsers

  private constructor(stage: CannedStage, posts: KeptPosts, users: PostingUsers) {
    this.#stage = stage
    this.#posts = posts
    this.#users = users
  }

  /** Resolves once there is a backup. */
  static async signUp(stage: CannedStage): Promise<DoomedService> {
    const { target } = await archiveHere()
    const taken = await lookUntil(firstBackupMs, async () =>
      (await restorable(target)).backups.length > 0 ? true : undefined,
    )
    if (taken === undefined) throw loadError("BN3004", { what: "the first backup", timeoutMs: firstBackupMs })
    const posts = new KeptPosts()
    return new DoomedService(stage, posts, await PostingUsers.signUp(stage.target, posts))
  }

  /** One episode, from a settled service to a settled service. */
  async loseAndRestore(name: string, point: RestoredPoint): Promise<void> {
    const { context, service, note } = this.#stage
    context.signal.throwIfAborted()
    const startedMs = Date.now()
    const written = await this.#write()
    const failed = await this.#loseEverything()
    const crashedMs = Date.now()
    const lastCommitMs = await this.#restore(point, written.momentMs)
    await service.restart()
    const servesMs = Date.now()
    this.#stage.measures.add("from nothing to a service that serves again", servesMs - crashedMs)
    const replicas = replicasOf(await service.settled()).length
    const judged = await this.#judge(point, { ...written, lastCommitMs })
    const violations = [
      ...loadViolations(written.load),
      ...failed,
      ...judged.violations,
      ...(replicas === 2 ? [] : [`${replicas} replicas follow the restored primary, not 2`]),
    ]
    const tookMs = servesMs - startedMs
    note(
      { name, tookMs, load: totalsOf(written.load), streams: [], violations, excused: {} },
      `${name}  serves ${servesMs - crashedMs} ms after it had nothing  ${judged.words}`,
    )
  }

  /** Users are at work when it resolves. */
  async #write(): Promise<{
    readonly load: LoadReport
    readonly momentMs: number
    readonly strikeMs: number
  }> {
    const { context } = this.#stage
    const eachMs = writeMs[context.short ? "short" : "full"]
    this.#users.begin()
    const { report } = await beginLoad({ seed: context.seed, rps: 40, durationMs: 2 * eachMs }, this.#stage)
    await sleep(eachMs, undefined, { signal: context.signal })
    const momentMs = Date.now()
    return { load: await report, momentMs, strikeMs: Date.now() }
  }

  /** Gives what had failed before. */
  async #loseEverything(): Promise<string[]> {
    const strikeMs = Date.now()
    await this.#stage.service.crash()
    const failed = await this.#users.end(strikeMs)
    const folders = databaseFolders()
    for (const folder of [...folders, paths.data]) rmSync(folder, { recursive: true, force: true })
    return [...failed, ...(folders.length === 3 ? [] : [`there were ${folders.length} data folders, not 3`])]
  }

  /** Gives when the last commit was that it brought back: epoch milliseconds of the database's clock. */
  async #restore(point: RestoredPoint, momentMs: number): Promise<number> {
    const { config, target } = await archiveHere()
    const moment =
      point === "the end" ? ({ kind: "latest" } as const) : ({ kind: "time", atMs: momentMs } as const)
    const startedMs = Date.now()
    const prepared = await prepareRestored({ config, target, moment }, this.#stage.context.signal, () => {})
    swapRestoredIn(prepared)
    this.#stage.measures.add("restore of the data alone", Date.now() - startedMs)
    return prepared.recovered.lastCommitAtMs ?? 0
  }

  async #judge(
    point: RestoredPoint,
    times: { readonly momentMs: number; readonly strikeMs: number; readonly lastCommitMs: number },
  ): Promise<{ readonly violations: readonly string[]; readonly words: string }> {
    const { momentMs, strikeMs, lastCommitMs } = times
    const fresh = this.#posts.fresh()
    const later = fresh.filter(({ sentAtMs }) => sentAtMs > momentMs).length
    const there = await this.#users.there()
    if (point === "a moment") {
      const to: RestoredTo = { words: "a moment", fromMs: momentMs, untilMs: momentMs }
      const idle = later > 0 && later < fresh.length ? [] : ["nobody wrote on both sides of the moment"]
      const words = `${fresh.length - later} posts before the moment, ${later} after it`
      return { violations: [...idle, ...this.#posts.judge(there, to)], words }
    }
    // The log is a sequence: who has a commit has all that were acknowledged before it.
    const unsent = strikeMs - lastCommitMs
    this.#stage.measures.add("acknowledged last and not archived yet", Math.max(0, unsent))
    const late = unsent <= unsentMs ? [] : [`the archive was ${unsent} ms behind`]
    const fromMs = lastCommitMs - clockMs
    const to: RestoredTo = { words: "the end", fromMs, untilMs: Number.POSITIVE_INFINITY }
    const words = `${fresh.length} posts, the archive ${unsent} ms behind`
    return { violations: [...late, ...this.#posts.judge(there, to)], words }
  }
}

/** Of the drill's service, whose folder is the working directory. */
async function archiveHere() {
  const { value: config } = await readConfig()
  return { config, target: await backupTarget(config) }
}

function loadViolations({ failed, failures }: LoadReport): string[] {
  return failed === 0 ? [] : [`${failed} requests failed before the loss: ${JSON.stringify(failures)}`]
}
