import { setTimeout as sleep } from "node:timers/promises"
import type { ScratchProject } from "./scratch-project.ts"

/**
 * Asks a service again and again, `pauseMs` after each answer, each time on a new connection. `end` tells what failed; nothing
 * is retried.
 */
export function watchService(project: ScratchProject, pauseMs = 25): { end(): Promise<string[]> } {
  const failures: string[] = []
  let going = true
  const asking = (async () => {
    while (going) {
      try {
        const answer = await project.get()
        if (answer.status !== 200) failures.push(`status ${answer.status}`)
        await answer.arrayBuffer()
      } catch (error) {
        failures.push(String((error as Error).cause ?? error))
      }
      await sleep(pauseMs)
    }
  })()
  return {
    async end() {
      going = false
      await asking
      return failures
    },
  }
}
