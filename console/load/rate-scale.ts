/** A slider's places, each about a quarter more than the last, rounded to what reads well. */
export const rates = [
  ...[1, 2, 5, 10, 15, 20, 30, 40, 50, 75, 100, 125, 150],
  ...[200, 250, 300, 400, 500, 600, 750, 1_000],
]

/** The place of a rate, or of the one nearest to it. */
export function placeOf(rps: number): number {
  const away = rates.map(each => Math.abs(Math.log(each / Math.max(rps, 0.5))))
  return away.indexOf(Math.min(...away))
}
