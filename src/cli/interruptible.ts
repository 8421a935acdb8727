import { exitCodes } from "./exit-codes.ts"
import { Interruption } from "./interruption.ts"

/** Work that Ctrl-C ends, cleanly; undefined then, and the exit code says so. A second Ctrl-C waits for nothing. */
export async function interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
  const over = new AbortController()
  const { first } = new Interruption(() => process.exit(exitCodes.interrupted))
  void first.then(name => over.abort(new Error(`ended by ${name}`)))
  try {
    return await work(over.signal)
  } catch (error) {
    if (!over.signal.aborted) throw error
    process.exitCode = exitCodes.interrupted
    return undefined
  }
}
