import { exponential, type Random } from "../../kit/random.ts"

/** `poisson`: independent users, exponential gaps. `constant`: a metronome. */
export type Arrivals = "poisson" | "constant"

/** The intended send times in milliseconds from the start, up to `durationMs`. */
export function* arrivalTimes(
  arrivals: Arrivals,
  rps: number,
  durationMs: number,
  random: Random,
): Generator<number> {
  const meanMs = 1000 / rps
  if (arrivals === "constant") {
    for (let nth = 0; nth * meanMs < durationMs; nth++) yield nth * meanMs
    return
  }
  for (let atMs = exponential(random, meanMs); atMs < durationMs; atMs += exponential(random, meanMs))
    yield atMs
}
