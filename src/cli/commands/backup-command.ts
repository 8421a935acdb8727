import type { Command } from "commander"
import { configInForce } from "../../boot/config/config-in-force.ts"
import { backupTarget, restorable, takeBackupNow } from "../../boot/databases/backup.ts"
import { isUp } from "../../boot/service/down.ts"
import { asksNothing, parseChoice, parseCount } from "../arguments.ts"
import { cliError } from "../cli-errors.ts"
import { formatDuration } from "../durations.ts"
import { interruptible } from "../interruptible.ts"
import { LiveLine } from "../live-line.ts"
import { Output, onData } from "../output.ts"
import { enterProject } from "../running-service.ts"
import { backupRows, megabytes, reachWords } from "../words/backup-words.ts"
import { tableLines } from "../words/table.ts"

type BackupOptions = { json?: boolean; from?: string; maxRate?: string }

export function addBackupCommand(program: Command): void {
  program
    .command("backup [what]")
    .description("take a base backup now, while the service runs; `list` shows what can be restored")
    .option("--from <target>", "of list: look into another folder or s3://bucket/prefix")
    .option("--max-rate <kilobytes>", "at most so many KiB a second, to spare the disk")
    .option(...asksNothing)
    .option("--json", "as one JSON value")
    .action(backup)
}

async function backup(what: string | undefined, options: BackupOptions): Promise<void> {
  const out = new Output(options.json === true)
  const choice = parseChoice("backup", what ?? "now", ["now", "list"])
  enterProject()
  if (choice === "list") return list(options, out)
  const maxRateKb =
    options.maxRate === undefined ? undefined : parseCount("--max-rate", options.maxRate, 32, 1_048_576)
  const { value: config } = await configInForce()
  const target = await backupTarget(config)
  if (!(await isUp())) throw cliError("BN3202", { folder: process.cwd() })
  const line = new LiveLine()
  const onProgress = (at: { bytes: number; totalBytes: number }) =>
    line.show(`${megabytes(at.bytes)} of about ${megabytes(Math.max(at.bytes, at.totalBytes))}`)
  const taken = await interruptible(signal =>
    takeBackupNow(config, { target, maxRateKb, signal, onProgress }),
  ).finally(() => line.clear())
  if (taken === undefined) return
  const { name, bytes, storedBytes, startedAtMs, endedAtMs, startLsn, endLsn } = taken
  out.value({ ...taken, target: target.name, tookMs: endedAtMs - startedAtMs })
  const took = formatDuration(endedAtMs - startedAtMs)
  out.data(
    `${name}  ${megabytes(bytes)}, ${megabytes(storedBytes)} stored, ${took}, log ${startLsn} to ${endLsn}`,
  )
  out.say(`next: npx banyan backup list`)
}

async function list({ from }: BackupOptions, out: Output): Promise<void> {
  const { value: config } = await configInForce()
  const target = await backupTarget(config, from)
  const { backups, archivedToMs } = await restorable(target)
  out.value({ target: target.name, backups, ...(archivedToMs !== undefined && { archivedToMs }) })
  if (backups.length === 0) out.data(onData("dim", `${target.name} holds no backup`))
  else
    for (const line of tableLines(["name", "taken", "size", "stored", "timeline"], backupRows(backups)))
      out.data(line)
  out.data(reachWords(backups, archivedToMs, Date.now()))
}
