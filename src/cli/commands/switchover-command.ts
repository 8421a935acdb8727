import type { Command } from "commander"
import { addChangeOptions, type ChangeOptions, carryOut } from "./change-commands.ts"

export function addSwitchoverCommand(program: Command): void {
  const command = program
    .command("switchover [id]")
    .description(
      "another database becomes the primary, live; the replica that is furthest when none is named",
    )
  addChangeOptions(command).action((to: string | undefined, options: ChangeOptions) =>
    carryOut({ type: "switchover", ...(to !== undefined && { to }) }, options),
  )
}
