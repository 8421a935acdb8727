import type { CleanUp } from "./tap.ts"

/** For a program what a test's `after` is: it ends what was begun, last first, also when the program is interrupted. */
export function programCleanUp(): { readonly cleanUp: CleanUp; leave(code?: number): Promise<void> } {
  const ends: Array<() => unknown> = []
  const leave = async (code?: number) => {
    for (const end of ends.splice(0)) await end()
    if (code !== undefined) process.exit(code)
  }
  process.once("SIGINT", () => leave(130)).once("SIGTERM", () => leave(143))
  return { cleanUp: { after: end => ends.unshift(end) }, leave }
}
