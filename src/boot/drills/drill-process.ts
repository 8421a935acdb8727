/**
 * Entry point of the process that runs a drill for the console: the command `npx banyan drill` as its child, in the
 * project's folder. It outlives the supervisor that began it, and writes down how the drill ended. When the service of this
 * folder is over, or a signal comes, it interrupts the drill as Ctrl-C does, which takes the drill's own service down.
 */
import { spawn } from "node:child_process"
import { openSync } from "node:fs"
import { constants } from "node:os"
import { join } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { writeFileAtomic } from "../../kit/node/atomic-file.ts"
import { readJsonFile } from "../../kit/node/json-file.ts"
import { type DrillEnd, type DrillRequest, drillEndSchema } from "../../wire/admin.ts"
import { staysUp } from "../service/down.ts"
import { runFiles } from "./run-files.ts"

const lookEveryMs = 2_000
/** What is told of a report. */
const figuresSchema = drillEndSchema.omit({ endedAtMs: true, code: true }).strip()

const [folder = "", commandLine = "", asked = "{}"] = process.argv.slice(2)
const { name, short, seed } = JSON.parse(asked) as DrillRequest
const file = (name: string) => join(folder, name)
const words = ["drill", name, ...(short ? ["--short"] : []), "--seed", String(seed)]
const drill = spawn(process.execPath, [commandLine, ...words, "--json", "--html", file(runFiles.page)], {
  stdio: ["ignore", openSync(file(runFiles.report), "w", 0o600), openSync(file(runFiles.output), "a", 0o600)],
})
const over = new AbortController()
const interrupt = () => void drill.kill("SIGINT")
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, interrupt)
process.on("SIGHUP", () => {})

drill.once("error", () => end(null))
drill.once("exit", (code, signal) => end(code ?? (signal === null ? null : 128 + constants.signals[signal])))
while (!over.signal.aborted) {
  if (!(await staysUp())) interrupt()
  await sleep(lookEveryMs, undefined, { signal: over.signal }).catch(() => {})
}

function end(code: number | null): void {
  over.abort()
  const figures = readJsonFile(file(runFiles.report), figuresSchema)
  const ended: DrillEnd = { endedAtMs: Date.now(), code, ...figures }
  writeFileAtomic(file(runFiles.end), `${JSON.stringify(ended)}\n`)
}
