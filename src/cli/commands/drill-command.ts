import { accessSync, constants, writeFileSync } from "node:fs"
import { dirname, parse, resolve } from "node:path"
import type { Command } from "commander"
import { readConfig } from "../../boot/config/config-file.ts"
import type { Drill, DrillContext, DrillReport } from "../../lab/drills/drill.ts"
import { asksNothing, parseCount } from "../arguments.ts"
import { cliError } from "../cli-errors.ts"
import { exitCodes } from "../exit-codes.ts"
import { LiveLine } from "../live-line.ts"
import { Output, onData } from "../output.ts"
import { enterProject } from "../running-service.ts"
import { liveWords, reportLines } from "../words/drill-words.ts"

type DrillOptions = {
  list?: boolean
  all?: boolean
  short?: boolean
  seed: string
  html?: string
  json?: boolean
}

const exitCodeOf = {
  passed: exitCodes.ok,
  failed: exitCodes.failed,
  incomplete: exitCodes.incomplete,
  invalid: exitCodes.invalid,
} as const

/** Progress is said beside `--json` too: a drill takes minutes, and stdout stays clean. */
const talk = new Output(false)

export function addDrillCommand(program: Command): void {
  program
    .command("drill [name]")
    .description("prove a claim on a service of its own, under load, e.g. drill climb")
    .option("--list", "name every drill with its claim")
    .option("--all", "run every drill, one after the other")
    .option("--short", "fewer rounds")
    .option("--seed <number>", "the same seed asks the same things", "1")
    .option("--html <file>", "write the report as a page; with --all a page each, file-<name>.html")
    .option(...asksNothing)
    .option("--json", "each report as one JSON value a line; progress is told on stderr")
    .action(drill)
}

async function drill(name: string | undefined, options: DrillOptions): Promise<void> {
  const out = new Output(options.json === true)
  const seed = parseCount("--seed", options.seed, 0, 2 ** 32 - 1)
  // Loaded on use: every other command starts without the lab.
  const { drillNamed, drills } = await import("../../lab/drills/run-drill.ts")
  const everyName = Object.keys(drills)
  if (options.list === true) return list(Object.values(drills), out)
  if (name === undefined && options.all !== true) {
    const expected = `one of ${everyName.join(", ")}, or --all`
    throw cliError("BN3203", { argument: "drill", expected, got: "nothing" })
  }
  const names = name === undefined || options.all === true ? everyName : [drillNamed(name).name]
  const pageOf = pagePaths(options)
  const elsewhere =
    (names.some(name => drills[name]?.dropsPackets) ? await runInOwnNetwork() : undefined) ??
    (names.some(name => drills[name]?.mountsDisk) ? await runWithOwnMounts() : undefined)
  if (elsewhere !== undefined) {
    process.exitCode = elsewhere
    return
  }
  enterProject()
  const { value: config } = await readConfig()
  const stop = new AbortController()
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort())
  try {
    for (const name of names) {
      const command = ["npx banyan drill", name, options.short ? "--short" : [], "--seed", seed]
        .flat()
        .join(" ")
      const context = { short: options.short === true, seed, app: config.app, command, signal: stop.signal }
      await runOne(name, context, out, pageOf?.(name))
      stop.signal.throwIfAborted()
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error
    talk.say("interrupted: the drill's service has been taken down")
    process.exitCode = exitCodes.interrupted
  }
}

/** The same command again, in a network of its own; undefined when it is in one already, or may have none. */
async function runInOwnNetwork(): Promise<number | undefined> {
  const { enterOwnNetwork, isInOwnNetwork, ownNetwork } = await import("../../lab/faults/own-network.ts")
  if (isInOwnNetwork()) return undefined
  const network = ownNetwork()
  if (!network.possible) return undefined
  return enterOwnNetwork(network, sameCommand())
}

/** The same command again, where it may mount; undefined when it may here, or nowhere. */
async function runWithOwnMounts(): Promise<number | undefined> {
  const { enterNamespaces } = await import("../../lab/faults/enter-namespaces.ts")
  const { mayMount, ownMounts } = await import("../../lab/faults/own-mounts.ts")
  const prefix = mayMount() ? undefined : ownMounts()
  return prefix === undefined ? undefined : enterNamespaces(prefix, sameCommand())
}

function sameCommand(): readonly [string, ...string[]] {
  return [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
}

async function runOne(
  name: string,
  given: Omit<DrillContext, "say" | "live">,
  out: Output,
  page: string | undefined,
): Promise<void> {
  const { runDrill } = await import("../../lab/drills/run-drill.ts")
  const line = new LiveLine()
  const context: DrillContext = {
    ...given,
    say: words => {
      line.clear()
      talk.say(words)
    },
    live: moment => line.show(liveWords(name, moment)),
  }
  const report = await runDrill(name, context).finally(() => line.clear())
  out.value(report)
  for (const words of reportLines(report)) out.data(words)
  if (page !== undefined) await writePage(report, page)
  process.exitCode = worse(process.exitCode, exitCodeOf[report.verdict])
}

/** Of several drills the worst speaks: a failure before all, a drill that proved nothing before a part not tried. */
function worse(before: NodeJS.Process["exitCode"], now: number): number {
  const rank = [exitCodes.ok, exitCodes.incomplete, exitCodes.invalid, exitCodes.failed] as number[]
  return rank[Math.max(rank.indexOf(Number(before ?? exitCodes.ok)), rank.indexOf(now))]!
}

async function list(drills: readonly Drill[], out: Output): Promise<void> {
  const { drillNeeds } = await import("../../lab/drills/drill-needs.ts")
  for (const drill of drills) {
    const { name, claim } = drill
    const wants = drillNeeds(drill)
    const { needs, shortSeconds } = wants
    out.value({ name, claim, ...wants })
    out.data(`${name.padEnd(20)}${claim}`)
    const short = shortSeconds === undefined ? [] : [`--short about ${shortSeconds} s`]
    const more = [...short, ...(needs === undefined ? [] : [`needs ${needs}`])].join("; ")
    if (more !== "") out.data(`${"".padEnd(20)}${onData("dim", more)}`)
  }
}

async function writePage(report: DrillReport, path: string): Promise<void> {
  const { htmlReport } = await import("../../lab/report/html-report.ts")
  writeFileSync(path, htmlReport(report))
  talk.say(`the report as a page: ${path}`)
}

/** Where each drill's page goes, judged before minutes are spent. Throws BN3203. */
function pagePaths({ html, all }: DrillOptions): ((name: string) => string) | undefined {
  if (html === undefined) return undefined
  const path = resolve(html)
  try {
    accessSync(dirname(path), constants.W_OK)
  } catch {
    throw cliError("BN3203", { argument: "--html", expected: "a file in a folder one may write", got: html })
  }
  const { dir, name: base, ext } = parse(path)
  return name => (all === true ? resolve(dir, `${base}-${name}${ext}`) : path)
}
