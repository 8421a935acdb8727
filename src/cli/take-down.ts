import { setTimeout as sleep } from "node:timers/promises"
import type { AdminClient } from "../boot/service/admin-client.ts"
import { hasEnded } from "../boot/service/down.ts"
import { cliError } from "./cli-errors.ts"
import { formatDuration } from "./durations.ts"
import { followEvents } from "./follow-events.ts"
import type { Output } from "./output.ts"

const lookEveryMs = 50

/** Takes the service down in order and tells how it goes. Resolves when its agent has gone. Throws BN3204. */
export async function takeDown(
  client: AdminClient,
  options: { drainTimeoutMs: number; timeoutMs: number; out: Output },
): Promise<void> {
  const { drainTimeoutMs, timeoutMs, out } = options
  out.say(`taking the service down in order; connections get up to ${formatDuration(drainTimeoutMs)}`)
  const watching = new AbortController()
  const watched = followEvents(client.access, out, watching.signal, true)
  try {
    await client.down(drainTimeoutMs)
    await untilDown(timeoutMs)
  } finally {
    watching.abort()
    await watched
  }
  out.value({ down: true })
  out.say("everything has ended")
}

async function untilDown(timeoutMs: number): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs
  while (!(await hasEnded())) {
    if (performance.now() > deadlineMs)
      throw cliError("BN3204", { what: "taking the service down", timeoutMs })
    await sleep(lookEveryMs)
  }
}
