/** A segment that no server reads as something else: not empty, neither `.` nor `..`, nothing encoded, no backslash. */
const anySegment = "(?!\\.{1,2}(?:/|$))[^/%\\\\]+"

/** The routes on which a backend honours `Idempotency-Key`, as its entry in the map lists them. */
export class KeyedRoutes {
  readonly #patterns: ReadonlyArray<{ readonly method: string; readonly path: RegExp }>

  constructor(routes: readonly string[] = []) {
    this.#patterns = routes.map(route => {
      const [method = "", path = ""] = route.split(" ")
      return { method, path: new RegExp(`^${path.split("/").map(segmentPattern).join("/")}$`) }
    })
  }

  /** `target` in origin form. Spelt in any unusual way it is none of them: such a request is sent once. */
  has(method: string, target: string): boolean {
    const [path = ""] = target.split("?", 1)
    return this.#patterns.some(pattern => pattern.method === method && pattern.path.test(path))
  }
}

function segmentPattern(segment: string): string {
  return segment === "*" ? anySegment : segment.replace(/[.$()+]/g, "\\$&")
}
