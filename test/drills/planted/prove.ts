/**
 * `npm run prove [-- <part of a bug's name>]`: is the lab worth its verdicts? Every drill passes on the product as it
 * is, and every planted bug is caught by the drill it is named with. Prints the table; ends with 1 when one got away.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { plantedBugs } from "./planted-bugs.ts"
import { catchOf, runClean, runPlanted } from "./run-planted.ts"

const seed = 1
const wanted = process.argv[2] ?? ""
const names = Object.keys(plantedBugs).filter(name => name.includes(wanted))
const drills = [...new Set(names.map(name => plantedBugs[name]!.caughtBy))]
if (names.length === 0) {
  process.stderr.write(
    `no planted bug's name contains ${wanted}; there are ${Object.keys(plantedBugs).join(", ")}\n`,
  )
  process.exit(2)
}

const stop = new AbortController()
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort())
const folder = workFolder()
const options = { seed, signal: stop.signal, say: (words: string) => process.stderr.write(`  ${words}\n`) }
let escaped = 0

try {
  for (const drill of drills) await proveClean(drill)
  for (const name of names) await proveCaught(name)
  print(
    `${names.length - escaped} of ${names.length} planted bugs caught, ${drills.length} drills on the clean build, seed ${seed}`,
  )
} catch (error) {
  if (!stop.signal.aborted) throw error
  process.exitCode = 130
} finally {
  process.chdir("/")
  if (process.exitCode === 1) process.stderr.write(`what the services left: ${folder}\n`)
  else rmSync(folder, { recursive: true })
}

async function proveClean(drill: string): Promise<void> {
  const { verdict, sentences, tookMs } = await runClean(drill, options)
  row(verdict, "", drill, tookMs, sentences[0] ?? "")
  // Incomplete: this user may not break all of it. What was broken was borne.
  if (verdict !== "passed" && verdict !== "incomplete") process.exitCode = 1
}

async function proveCaught(name: string): Promise<void> {
  const { words, caughtBy, only } = plantedBugs[name]!
  options.say(`${name}: ${words}`)
  const said = await runPlanted(name, options)
  const sentence = catchOf(name, said)
  const drill = only === undefined ? caughtBy : `${caughtBy}, ${only}`
  row(
    sentence === undefined ? "ESCAPED" : "caught",
    name,
    drill,
    said.tookMs,
    sentence ?? said.sentences[0] ?? "",
  )
  if (sentence !== undefined) return
  escaped++
  process.exitCode = 1
}

function row(verdict: string, bug: string, drill: string, tookMs: number, words: string): void {
  const seconds = `${(tookMs / 1000).toFixed(0)} s`
  print(
    [
      verdict.padEnd(11),
      bug.padEnd(27),
      drill.padEnd(47),
      seconds.padStart(6),
      ` ${words.slice(0, 160)}`,
    ].join(""),
  )
}

function print(line: string): void {
  process.stdout.write(`${line.trimEnd()}\n`)
}

/** The project in whose folder the services stand. */
function workFolder(): string {
  const parent = resolve(fileURLToPath(new URL("../../../.banyan", import.meta.url)))
  mkdirSync(parent, { recursive: true, mode: 0o700 })
  const made = mkdtempSync(`${parent}/prove-`)
  process.chdir(made)
  return made
}
