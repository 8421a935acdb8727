import { resolve } from "node:path"
import { fileURLToPath } from "node:url"
import type { Command } from "commander"
import type { Asked } from "../../boot/asked.ts"
import { readConfig } from "../../boot/config/config-file.ts"
import { AdminClient } from "../../boot/service/admin-client.ts"
import { endNow } from "../../boot/service/down.ts"
import { type Running, startService, watchUntilSettled } from "../../boot/service/up.ts"
import { isBanyanError } from "../../kit/errors.ts"
import type { StateView } from "../../wire/admin.ts"
import { asksNothing, parseCount } from "../arguments.ts"
import { formatDuration, parseDurationMs } from "../durations.ts"
import { exitCodes } from "../exit-codes.ts"
import { followEvents } from "../follow-events.ts"
import { Interruption } from "../interruption.ts"
import { Output, onTalk } from "../output.ts"
import { enterProject } from "../running-service.ts"
import { takeDown } from "../take-down.ts"
import { instanceWords } from "../words/event-words.ts"

type UpOptions = {
  attach?: boolean
  detach?: boolean
  host?: string
  port?: string
  adminPort?: string
  seedPosts?: string
  drain: string
  timeout: string
  json?: boolean
}

/** How long the end may take after the drain: processes stop, the database writes its last checkpoint. */
const endTimeoutMs = 120_000

export function addUpCommand(program: Command): void {
  program
    .command("up")
    .description("start the service of this folder, or show the one that runs; Ctrl-C takes it down")
    .option("-d, --detach", "return when it is healthy, leave it running")
    .option("-a, --attach", "stay with it also when it runs already: Ctrl-C takes it down")
    .option("--host <address>", "address of the public port; 0.0.0.0 opens it to the network")
    .option("--port <port>", "the public port (or PORT)")
    .option("--admin-port <port>", "console and admin API")
    .option("--seed-posts <count>", "how many posts Beigel is born with (first start only)")
    .option("--drain <duration>", "how long requests and streams may finish after Ctrl-C", "10s")
    .option("--timeout <duration>", "how long the start may take", "5m")
    .option(...asksNothing)
    .option("--json", "addresses, then events, as NDJSON")
    .action(up)
}

async function up(options: UpOptions): Promise<void> {
  const out = new Output(options.json === true)
  const drainTimeoutMs = parseDurationMs("--drain", options.drain)
  const timeoutMs = parseDurationMs("--timeout", options.timeout)
  enterProject()
  const asked = await askedBy(options)
  const startedMs = performance.now()
  const interruption = new Interruption(() => {
    out.say("at once, then")
    void endNow().finally(() => process.exit(exitCodes.interrupted))
  })
  const running = await startService(asked)
  /** Whether it is ours to take down. */
  const ours = !running.alreadyRunning || options.attach === true
  const client = new AdminClient(running)
  const end = () => takeDown(client, { drainTimeoutMs, timeoutMs: drainTimeoutMs + endTimeoutMs, out })

  const settling = settled(running, timeoutMs, out)
  settling.catch(() => {})
  const early = await Promise.race([
    settling.then(
      () => undefined,
      () => undefined,
    ),
    interruption.first,
  ])
  if (early !== undefined && ours) {
    await end()
    process.exitCode = exitCodes.interrupted
    return
  }
  const state = await settling.catch(async error => {
    if (!running.alreadyRunning && isBanyanError(error) && error.code === "BN3106") await end()
    throw error
  })
  tellAddresses(running, state, performance.now() - startedMs, out)
  if (options.detach === true || !ours) return
  await stay(running, interruption, end, out)
}

/** What the console's load slider starts. */
const loadProgram = fileURLToPath(new URL("../../lab/load/load-process.ts", import.meta.url))
/** What its drills are run by: the program that this is. */
const commandLine = resolve(process.argv[1] ?? "")

/** Flags win over PORT; both are kept for the whole run, so that a restarted control plane knows them too. */
async function askedBy(options: UpOptions): Promise<Asked> {
  const flags = {
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(options.port === undefined ? {} : { port: parseCount("--port", options.port, 1, 65_535) }),
    ...(options.adminPort === undefined
      ? {}
      : { adminPort: parseCount("--admin-port", options.adminPort, 1, 65_535) }),
  }
  const { value, sources } = await readConfig(flags)
  const appOptions: Record<string, number> = {}
  if (options.seedPosts !== undefined) {
    appOptions["seed-posts"] = parseCount("--seed-posts", options.seedPosts, 0, 10_000_000)
  }
  const port = sources["port"] === "PORT" ? { port: value.port } : {}
  return { ...flags, ...port, loadProgram, commandLine, appOptions }
}

/** Resolves when the service is as wanted; tells on the way what each instance is at. */
function settled(running: Running, timeoutMs: number, out: Output): Promise<StateView> {
  const told = new Map<string, string>()
  return watchUntilSettled(running, timeoutMs, state => {
    if (running.alreadyRunning) return
    for (const instance of state.instances) {
      const words = instanceWords(instance)
      if (told.get(instance.id) !== words) out.say(`  ${words}`)
      told.set(instance.id, words)
    }
  })
}

function tellAddresses(running: Running, state: StateView, tookMs: number, out: Output): void {
  const { name, url, httpsUrl } = state.service
  const consoleUrl = `${running.url}/#token=${running.token}`
  out.value({
    service: url,
    console: consoleUrl,
    statusPage: consoleUrl,
    alreadyRunning: running.alreadyRunning,
    state,
  })
  const how = running.alreadyRunning
    ? "runs already; nothing was started"
    : `is up after ${formatDuration(tookMs)}`
  out.say()
  out.say(`${onTalk("bold", name)} ${how}, stage ${onTalk("bold", state.stage)}`)
  out.say(`  service      ${onTalk("cyan", url)}`)
  if (httpsUrl !== undefined) out.say(`               ${onTalk("cyan", httpsUrl)}`)
  out.say(`  console      ${onTalk("cyan", consoleUrl)}`)
  if (running.busyAdminPort !== undefined)
    out.say(`               (port ${running.busyAdminPort} is in use by another program: this one was free)`)
  out.say()
  out.say(
    `next: ${state.stage === "single" ? "npx banyan grow" : "npx banyan status"}   (in another terminal)`,
  )
}

/** Tells what happens until somebody says stop, or the service ends by itself. */
async function stay(
  running: Running,
  interruption: Interruption,
  end: () => Promise<void>,
  out: Output,
): Promise<void> {
  out.say(onTalk("dim", "Ctrl-C takes it down in order; twice: at once"))
  const watching = new AbortController()
  const ended = followEvents(running, out, watching.signal).then(() => undefined)
  const signal = await Promise.race([ended, interruption.first])
  if (signal === undefined) {
    out.say("the service has been taken down")
    return
  }
  watching.abort()
  await end()
  process.exitCode = signal === "SIGINT" ? exitCodes.interrupted : exitCodes.ok
}
