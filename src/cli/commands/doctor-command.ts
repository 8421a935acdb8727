import type { Command } from "commander"
import { examine } from "../../boot/doctor/doctor.ts"
import type { Finding } from "../../wire/admin.ts"
import { asksNothing } from "../arguments.ts"
import { exitCodes } from "../exit-codes.ts"
import { Output, onData } from "../output.ts"
import { enterProject } from "../running-service.ts"

const marks = { ok: "green", warn: "yellow", fail: "red" } as const

export function addDoctorCommand(program: Command): void {
  program
    .command("doctor")
    .description("look at the machine and the folder; each trouble with its fix")
    .option(...asksNothing)
    .option("--json", "findings as NDJSON")
    .action(doctor)
}

async function doctor(options: { json?: boolean }): Promise<void> {
  enterProject()
  const out = new Output(options.json === true)
  const findings = await examine()
  for (const finding of findings) tell(finding, out)
  if (findings.some(({ level }) => level === "fail")) process.exitCode = exitCodes.failed
}

function tell(finding: Finding, out: Output): void {
  const { check, level, words, fix } = finding
  out.value(finding)
  const [first, ...more] = words.split("\n")
  out.data(`${onData(marks[level], level.padEnd(4))}  ${check.padEnd(10)}  ${first}`)
  for (const line of more) out.data(`                  ${line}`)
  if (fix !== undefined) out.data(`                  ${onData("dim", "->")} ${fix}`)
}
