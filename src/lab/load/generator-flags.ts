/**
 * How Node is started for a generator at a high rate. V8's collector marks and sweeps in threads beside the program:
 * where they share its core, each of their turns holds it up for ten milliseconds or more, about once a second. With a
 * large young generation that trusts no site to make what lives long, little is left to mark: what a request needs is
 * gone before it could grow old. What a warm-up left behind is collected at its end, on demand.
 */
export const generatorFlags: readonly string[] = [
  "--single-threaded-gc",
  "--min-semi-space-size=16",
  "--max-semi-space-size=32",
  "--no-allocation-site-pretenuring",
  "--expose-gc",
]
