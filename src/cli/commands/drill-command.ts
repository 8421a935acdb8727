import type { Command } from "commander"
import { readConfig } from "../../boot/config-file.ts"
import type { DrillReport, Episode } from "../../lab/drills/drill.ts"
import { parseCount } from "../arguments.ts"
import { formatDuration } from "../durations.ts"
import { exitCodes } from "../exit-codes.ts"
import { Output, onData } from "../output.ts"
import { enterProject } from "../running-service.ts"

type DrillOptions = { short?: boolean; seed: string; json?: boolean }

export function addDrillCommand(program: Command): void {
  program
    .command("drill <name>")
    .description("prove a claim on a service of its own, under load, e.g. drill climb")
    .option("--short", "fewer rounds")
    .option("--seed <number>", "the same seed asks the same things", "1")
    .option("--json", "the report as one JSON value")
    .action(drill)
}

async function drill(name: string, options: DrillOptions): Promise<void> {
  const out = new Output(options.json === true)
  const seed = parseCount("--seed", options.seed, 0, 2 ** 32 - 1)
  enterProject()
  const { value: config } = await readConfig()
  const stop = new AbortController()
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort())
  const say = (words: string) => out.say(words)
  const context = { short: options.short === true, seed, app: config.app, say, signal: stop.signal }
  // Loaded on use: every other command starts without the lab.
  const { runDrill } = await import("../../lab/drills/run-drill.ts")
  const report = await runDrill(name, context)
  out.value(report)
  tellReport(report, out)
  if (report.verdict === "failed") process.exitCode = exitCodes.failed
  if (stop.signal.aborted) process.exitCode = exitCodes.interrupted
}

function tellReport(report: DrillReport, out: Output): void {
  for (const episode of report.episodes) out.data(episodeLine(episode))
  for (const verdict of report.verdicts) out.data(verdictLine(verdict))
  for (const violation of report.violations) out.data(onData("red", `  ${violation}`))
  const verdict = onData(report.verdict === "passed" ? "green" : "red", report.verdict)
  out.data(`${verdict}: ${report.claim}`)
  out.data(
    `n = ${report.n}, ${report.requests} requests, ${report.failed} failed, seed ${report.seed}, ${formatDuration(report.tookMs)}`,
  )
  if (report.lagging) out.say("the load generator was starved at times: failures count, latencies say little")
}

function verdictLine({ checker, ok, checked, violated, unknown }: DrillReport["verdicts"][number]): string {
  const mark = ok ? onData("green", "ok  ") : onData("red", "FAIL")
  const found = violated > 0 ? `${violated} violations` : unknown.length > 0 ? "undecided" : "nothing found"
  return `${mark}  checker ${checker}: ${checked} checked, ${found}`
}

function episodeLine({ name, tookMs, load, streams, violations }: Episode): string {
  const mark = violations.length === 0 ? onData("green", "ok  ") : onData("red", "FAIL")
  const ends = streams.length === 0 ? "" : `, ${streams.length} streams`
  return `${mark}  ${name}: ${load.sent} requests, ${load.failed} failed, p99 ${load.latencyMs.p99.toFixed(0)} ms${ends}, ${formatDuration(tookMs)}`
}
