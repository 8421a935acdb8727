import type { Command } from "commander"
import { asksNothing, parseChoice, parseCount } from "../arguments.ts"
import { parseDurationMs } from "../durations.ts"
import { exitCodes } from "../exit-codes.ts"
import { Output } from "../output.ts"
import { connect } from "../running-service.ts"
import { loadReportLines, tickLine } from "../words/load-words.ts"

type LoadCommandOptions = {
  rps: string
  for: string
  arrivals: string
  newShare: string
  seed: string
  timeout: string
  json?: boolean
}

export function addLoadCommand(program: Command): void {
  program
    .command("load")
    .description(
      "open-loop load on the running service: requests leave on time, whatever the answers do; no retries",
    )
    .option("--rps <rate>", "requests a second; from 2000 on the generator warms up first, on itself", "200")
    .option("--for <duration>", "how long", "60s")
    .option("--arrivals <kind>", "poisson or constant", "poisson")
    .option("--new-share <percent>", "percentage of requests on a connection of their own", "10")
    .option("--seed <number>", "the same seed asks the same things", "1")
    .option("--timeout <duration>", "when a request counts as failed", "10s")
    .option(...asksNothing)
    .option("--json", "a tick each second and the report, as NDJSON")
    .action(load)
}

async function load(options: LoadCommandOptions): Promise<void> {
  const out = new Output(options.json === true)
  const arrivals = parseChoice("--arrivals", options.arrivals, ["poisson", "constant"])
  const durationMs = parseDurationMs("--for", options.for)
  const rps = parseCount("--rps", options.rps, 1, 100_000)
  const seed = parseCount("--seed", options.seed, 0, 2 ** 32 - 1)
  const newConnectionShare = parseCount("--new-share", options.newShare, 0, 100) / 100
  const timeoutMs = parseDurationMs("--timeout", options.timeout)
  const { state } = await connect()
  const { hostname, port } = new URL(state.service.url)
  const target = { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port === "" ? 80 : port) }
  // Loaded on use: every other command starts without the lab.
  const [{ BeigelMix }, { runLoad, highRps }] = await Promise.all([
    import("../../lab/load/beigel-mix.ts"),
    import("../../lab/load/run-load.ts"),
  ])
  if (rps >= highRps) await beginAnew()
  const stop = new AbortController()
  process.once("SIGINT", () => stop.abort())
  out.say(`${rps} requests/s for ${options.for} at ${state.service.url} (Ctrl-C ends it early)`)
  const report = await runLoad(
    {
      target,
      scenario: new BeigelMix({ target, seed }),
      rps,
      durationMs,
      arrivals,
      seed,
      newConnectionShare,
      timeoutMs,
      onTick: tick => {
        out.value({ type: "tick", ...tick })
        out.say(tickLine(tick))
      },
    },
    stop.signal,
  )
  const valid = !report.lagging
  out.value({ type: "report", valid, ...report })
  for (const line of loadReportLines(report)) out.data(line)
  if (report.failed > 0) process.exitCode = exitCodes.failed
  else if (!valid) process.exitCode = exitCodes.invalid
  if (stop.signal.aborted) process.exitCode = exitCodes.interrupted
}

/** The same command, the same process, begun anew by execve(2) with what a fast generator needs of Node. */
async function beginAnew(): Promise<void> {
  const { generatorFlags } = await import("../../lab/load/generator-flags.ts")
  if (generatorFlags.every(flag => process.execArgv.includes(flag))) return
  const { execPath, execArgv, argv } = process
  process.execve?.(execPath, [execPath, ...execArgv, ...generatorFlags, ...argv.slice(1)])
}
