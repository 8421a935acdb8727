import type { Command } from "commander"
import type { LoadReport, LoadTick } from "../../lab/load/load.ts"
import { parseCount } from "../arguments.ts"
import { cliError } from "../cli-errors.ts"
import { parseDurationMs } from "../durations.ts"
import { exitCodes } from "../exit-codes.ts"
import { Output, onTalk } from "../output.ts"
import { connect } from "../running-service.ts"

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
    .option("--rps <rate>", "requests a second", "200")
    .option("--for <duration>", "how long", "60s")
    .option("--arrivals <kind>", "poisson or constant", "poisson")
    .option("--new-share <percent>", "percentage of requests on a connection of their own", "10")
    .option("--seed <number>", "the same seed asks the same things", "1")
    .option("--timeout <duration>", "when a request counts as failed", "10s")
    .option("--json", "a tick each second and the report, as NDJSON")
    .action(load)
}

async function load(options: LoadCommandOptions): Promise<void> {
  const out = new Output(options.json === true)
  const { arrivals } = options
  if (arrivals !== "poisson" && arrivals !== "constant") {
    throw cliError("BN3203", { argument: "--arrivals", expected: "poisson or constant", got: arrivals })
  }
  const durationMs = parseDurationMs("--for", options.for)
  const rps = parseCount("--rps", options.rps, 1, 100_000)
  const seed = parseCount("--seed", options.seed, 0, 2 ** 32 - 1)
  const newConnectionShare = parseCount("--new-share", options.newShare, 0, 100) / 100
  const timeoutMs = parseDurationMs("--timeout", options.timeout)
  const { state } = await connect()
  const { hostname, port } = new URL(state.service.url)
  const target = { host: hostname.replace(/^\[|\]$/g, ""), port: Number(port === "" ? 80 : port) }
  // Loaded on use: every other command starts without the lab.
  const [{ BeigelMix }, { runLoad }] = await Promise.all([
    import("../../lab/load/beigel-mix.ts"),
    import("../../lab/load/run-load.ts"),
  ])
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
      onTick: tick => tellTick(tick, out),
    },
    stop.signal,
  )
  tellReport(report, out)
  if (report.failed > 0) process.exitCode = exitCodes.failed
  if (stop.signal.aborted) process.exitCode = exitCodes.interrupted
}

function tellTick(tick: LoadTick, out: Output): void {
  out.value({ type: "tick", ...tick })
  const { atMs, ok, failed, latencyMs, outstanding } = tick
  const failures = failed === 0 ? "0 failed" : onTalk("red", `${failed} failed`)
  const seconds = String(Math.round(atMs / 1000)).padStart(4)
  out.say(
    `${seconds} s  ${ok} ok  ${failures}  p50 ${latencyMs.p50.toFixed(1)} ms  p99 ${latencyMs.p99.toFixed(1)} ms  ${outstanding} outstanding`,
  )
}

function tellReport(report: LoadReport, out: Output): void {
  out.value({ type: "report", ...report })
  const { sent, ok, failed, latencyMs, longestSilenceMs, lagging, lagMs, failures, samples } = report
  out.data(`sent ${sent}   ok ${ok}   failed ${failed}`)
  out.data(
    `latency from the intended send time: p50 ${latencyMs.p50.toFixed(1)}   p99 ${latencyMs.p99.toFixed(1)}   p99.9 ${latencyMs.p999.toFixed(1)}   max ${latencyMs.max.toFixed(1)} ms`,
  )
  out.data(`longest time without a good answer: ${longestSilenceMs.toFixed(0)} ms`)
  for (const [kind, count] of Object.entries(failures)) if (count > 0) out.data(`  ${kind}: ${count}`)
  for (const sample of samples.slice(0, 5)) {
    out.data(
      `  at ${(sample.atMs / 1000).toFixed(2)} s ${sample.method} ${sample.target}: ${sample.failure} ${sample.detail}`,
    )
  }
  if (lagging) {
    out.say(
      `the generator itself was late (p99 ${lagMs.p99.toFixed(1)} ms): this machine is too busy to trust the latencies`,
    )
  }
}
