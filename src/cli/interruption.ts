/** A second Ctrl-C this soon is the same one, sent by the terminal and again by npm. */
const sameMs = 300

/**
 * Ctrl-C, SIGTERM and a closed terminal, as a promise. A second Ctrl-C calls `onImpatience`; the other two often
 * come twice, from the terminal and from who started us, and mean nothing more the second time.
 */
export class Interruption {
  readonly first: Promise<NodeJS.Signals>
  #atMs: number | undefined

  constructor(onImpatience: () => void) {
    const { promise, resolve } = Promise.withResolvers<NodeJS.Signals>()
    this.first = promise
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => {
        const nowMs = performance.now()
        if (this.#atMs === undefined) {
          this.#atMs = nowMs
          resolve(signal)
        } else if (signal === "SIGINT" && nowMs - this.#atMs > sameMs) {
          onImpatience()
        }
      })
    }
  }
}
