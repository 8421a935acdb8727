/** Runs beside a drill until its input ends, and then undoes what the drill did not come to undo. See guard.ts. */
import { createInterface } from "node:readline"
import { endNow } from "../../boot/service/down.ts"
import { isAlive } from "../../kit/node/process-identity.ts"
import { thawCgroup } from "./cgroup-files.ts"
import type { Guarded, GuardLine } from "./guard.ts"

const open = new Map<number, Guarded>()
for await (const text of createInterface({ input: process.stdin })) {
  const { id, what } = JSON.parse(text) as GuardLine
  if (what === undefined) open.delete(id)
  else open.set(id, what)
}
// The last first: a service cannot be taken down while its processes stand still.
for (const what of [...open.values()].reverse()) {
  // What cannot be undone must not keep the rest from it, and nobody is left to tell.
  await undo(what).catch(() => {})
}

async function undo(what: Guarded): Promise<void> {
  if (what.kind === "cgroup") await thawCgroup(what, () => what.home)
  else if (what.kind === "service") {
    process.chdir(what.folder)
    await endNow()
  } else if (isAlive(what.identity)) process.kill(what.identity.pid, "SIGCONT")
}
