/**
 * Entry point of the process that archives the database's log and takes base backups. The supervisor starts it and starts it
 * anew; when the supervisor dies it goes on until its connection ends or the next one takes over. Nobody's request
 * passes it, and it keeps nothing: how far it came, the target tells.
 */
import { createLog, flushLog } from "../telemetry/log.ts"
import { type ArchiveEvent, runArchive, wordsOf } from "../tiers/data/backup/archive/run-archive.ts"
import { readAsked } from "./asked.ts"
import { readConfig } from "./config/config-file.ts"
import { backupTarget, primaryServer } from "./databases/backup.ts"

const log = createLog("archive")
const over = new AbortController()
let isOrphan = false
process.once("disconnect", () => {
  isOrphan = true
})
process.on("SIGTERM", () => over.abort(new Error("the archive ends")))
process.on("SIGINT", () => {})
process.on("SIGHUP", () => {})

const { value: config } = await readConfig(readAsked())
const { everyMs, keep } = config.data.backup

function tell(event: ArchiveEvent): void {
  if (event.type === "streaming") {
    const { server, position } = event
    log.info({ server, timeline: position.timeline }, "the log is being archived")
  } else if (event.type === "backup") {
    const { name, bytes, storedBytes, startedAtMs, endedAtMs } = event.backup
    log.info(
      { name, bytes, storedBytes, tookMs: endedAtMs - startedAtMs, dropped: event.dropped },
      "base backup",
    )
  } else {
    const what = event.type === "interrupted" ? "the log is not archived now" : "no base backup"
    log.warn({ reason: wordsOf(event.error), retryMs: event.retryMs }, what)
  }
  // Whoever comes next begins where this one ended.
  if (event.type === "interrupted" && isOrphan) over.abort(new Error("nobody needs this archive any more"))
}

try {
  await runArchive({
    target: await backupTarget(config),
    primary: () => primaryServer(config),
    ...{ everyMs, keep },
    onEvent: tell,
    signal: over.signal,
  })
} catch (error) {
  log.error({ reason: wordsOf(error) }, "backups cannot begin")
  process.exitCode = 1
}
await flushLog(log)
process.exit()
