import type { Command } from "commander"
import type { AdminClient } from "../../boot/service/admin-client.ts"
import type { Change, PlanView } from "../../wire/admin.ts"
import { parseScale } from "../arguments.ts"
import { agree } from "../ask.ts"
import { parseDurationMs } from "../durations.ts"
import { exitCodes } from "../exit-codes.ts"
import { followPlan } from "../follow-plan.ts"
import { Output } from "../output.ts"
import { connect } from "../running-service.ts"
import { nextAfter, planEnd, planLines, planTitle } from "../words/plan-words.ts"

export type ChangeOptions = {
  json?: boolean
  progress?: boolean
  yes?: boolean
  wait: boolean
  timeout: string
}

/** grow, shrink, scale and apply: four ways to wish for another topology, carried out the same way. */
export function addChangeCommands(program: Command): void {
  const change = (words: string, description: string) =>
    addChangeOptions(program.command(words).description(description))
  change("grow", "one rung up the ladder, live").action(o => carryOut({ type: "grow" }, o))
  change("shrink", "one rung down the ladder, live").action(o => carryOut({ type: "shrink" }, o))
  change("scale <group=count...>", "sideways: another number of instances, e.g. scale web=4").action(
    (words: string[], o) => carryOut(parseScale(words), o),
  )
  change("apply", "back to what banyan.config.ts says").action(o => carryOut({ type: "apply" }, o))
}

/** What whatever is carried out as a plan can be told. */
export function addChangeOptions(command: Command): Command {
  return command
    .option("--json", "the ended plan as one JSON value")
    .option("--progress", "with --json: how far long steps are, a JSON value a line before the plan")
    .option("-y, --yes", "do not ask")
    .option("--no-wait", "return as soon as the change is accepted")
    .option("--timeout <duration>", "how long to wait for the end", "10m")
}

export async function carryOut(change: Change, options: ChangeOptions): Promise<void> {
  const out = new Output(options.json === true)
  const timeoutMs = parseDurationMs("--timeout", options.timeout)
  const { client } = await connect()
  const proposed = await client.preview(change)
  if (proposed.phases.flat().length > 0 && !(await agreed(proposed, out, options))) return
  const plan = await client.change(change)
  const waiting = change.type === "apply" ? await settingsThatWait(client) : []
  if (plan === null) {
    out.value(waiting.length === 0 ? null : { plan: null, waitsForStart: waiting })
    out.say(`nothing to do: stage ${proposed.to} is what runs`)
    if (change.type === "apply") await tellWarnings(client, out)
    tellWhatWaits(waiting, out)
    return
  }
  out.say(planTitle(plan))
  const telling = { out, progress: options.progress === true }
  const ended = options.wait ? await followPlan(client, plan, telling, timeoutMs) : plan
  out.value(waiting.length === 0 ? ended : { ...ended, waitsForStart: waiting })
  if (!options.wait) out.say("accepted; npx banyan status tells how far it is")
  else tellEnd(ended, out)
  tellWhatWaits(waiting, out)
}

/** A database may have been told settings that wait for its start. */
async function tellWarnings(client: AdminClient, out: Output): Promise<void> {
  const { instances } = await client.state()
  for (const { warning } of instances) if (warning !== undefined) out.say(warning)
}

/** Of the file, what no change takes up. */
async function settingsThatWait(client: AdminClient): Promise<string[]> {
  const { fields } = await client.config()
  return fields.filter(({ waits }) => waits).map(({ path }) => path.replaceAll("/", "."))
}

function tellWhatWaits(waiting: readonly string[], out: Output): void {
  if (waiting.length === 0) return
  out.say(`changed since the start, and taken up by the next one only: ${waiting.join(", ")}`)
  out.say("when it may be away for a moment: npx banyan down, then npx banyan up")
}

/** On a terminal the plan is shown before it is carried out. */
async function agreed(plan: PlanView, out: Output, options: ChangeOptions): Promise<boolean> {
  if (options.yes !== true && process.stdin.isTTY)
    for (const line of [planTitle(plan), ...planLines(plan)]) out.say(line)
  return agree("Carry this out?", options, out, "nothing was changed")
}

function tellEnd(plan: PlanView, out: Output): void {
  out.say(planEnd(plan))
  if (plan.error !== undefined) out.say(`  -> ${plan.error.todo}`)
  out.say(`next: ${nextAfter(plan)}`)
  if (plan.state !== "done") process.exitCode = exitCodes.failed
}
