import type { Command } from "commander"
import { configInForce } from "../../boot/config/config-in-force.ts"
import { backupTarget } from "../../boot/databases/backup.ts"
import {
  checkRestorable,
  parseMoment,
  prepareRestored,
  swapRestoredIn,
  wordsOfMoment,
} from "../../boot/databases/restore.ts"
import { isUp } from "../../boot/service/down.ts"
import { parseCount } from "../arguments.ts"
import { agree } from "../ask.ts"
import { interruptible } from "../interruptible.ts"
import { LiveLine } from "../live-line.ts"
import { Output, onTalk } from "../output.ts"
import { connect, enterProject } from "../running-service.ts"
import { takeDown } from "../take-down.ts"
import { megabytes, timeWords } from "../words/backup-words.ts"

type RestoreOptions = { to: string; from?: string; timeline?: string; json?: boolean; yes?: boolean }

const drainTimeoutMs = 10_000
const downTimeoutMs = 300_000

export function addRestoreCommand(program: Command): void {
  program
    .command("restore")
    .description("the database as it was at a moment; what it is now is kept aside")
    .requiredOption("--to <moment>", "a time, `latest`, or the name of a backup")
    .option("--from <target>", "another folder or s3://bucket/prefix than data.backup.target")
    .option(
      "--timeline <number>",
      "of several pasts, after an earlier restore, which one; the newest when left out",
    )
    .option("--json", "what was done as one JSON value")
    .option("-y, --yes", "do not ask")
    .action(restore)
}

async function restore(options: RestoreOptions): Promise<void> {
  const out = new Output(options.json === true)
  enterProject()
  const moment = parseMoment(options.to, Date.now())
  const timeline =
    options.timeline === undefined ? undefined : parseCount("--timeline", options.timeline, 1, 2 ** 31)
  const { value: config } = await configInForce()
  const target = await backupTarget(config, options.from)
  const request = { config, target, moment, timeline }
  // Nobody is asked, and nothing taken down, for what cannot be.
  await checkRestorable(request)
  const running = await isUp()
  const down = running ? " This takes the service down." : ""
  const question = `Restore the database to ${wordsOfMoment(moment)} from ${target.name}?${down}`
  if (!(await agree(question, options, out))) return
  // What is written until it is down belongs to the latest too. For any other moment it may serve until the copy is ready.
  if (running && moment.kind === "latest") await end(out)
  const line = new LiveLine()
  const onProgress = (at: { bytes: number; totalBytes: number }) =>
    line.show(`${megabytes(at.bytes)} of ${megabytes(at.totalBytes)}`)
  const prepared = await interruptible(signal => prepareRestored(request, signal, onProgress)).finally(() =>
    line.clear(),
  )
  if (prepared === undefined) return out.say("nothing was changed")
  if (running && moment.kind !== "latest") await end(out)
  const { id, aside } = swapRestoredIn(prepared)
  const { recovered, backup } = prepared
  out.value({
    restored: id,
    to: wordsOfMoment(moment),
    from: target.name,
    backup: backup.name,
    ...recovered,
    aside,
  })
  const last = recovered.lastCommitAtMs
  const reached = last === undefined ? "no commit after the backup" : `last commit ${timeWords(last)}`
  out.data(
    `${onTalk("bold", id)} restored to ${wordsOfMoment(moment)}: ${reached}, log ${recovered.lsn}, timeline ${recovered.timeline}`,
  )
  for (const folder of aside) out.say(`the former data is kept in ${folder}`)
  out.say("next: npm start, look at it, then remove the former data")
}

async function end(out: Output): Promise<void> {
  const { client } = await connect()
  // Its events and its end are no part of what this command says to programs.
  await takeDown(client, { drainTimeoutMs, timeoutMs: downTimeoutMs, out: out.talkOnly() })
}
