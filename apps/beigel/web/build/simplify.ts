export type Position = readonly [x: number, y: number]

/**
 * Fewer points that draw nearly the same line (Ramer, Douglas and Peucker): what lies within `tolerance` of the chord
 * between two kept points is left out. The first and the last point stay.
 */
export function simplify(line: readonly Position[], tolerance: number): Position[] {
  if (line.length < 3) return [...line]
  const first = line[0]!
  const last = line.at(-1)!
  let furthest = 0
  let distance = 0
  line.forEach((position, index) => {
    const d = distanceTo(position, first, last)
    if (d > distance) [furthest, distance] = [index, d]
  })
  if (distance <= tolerance) return [first, last]
  const before = simplify(line.slice(0, furthest + 1), tolerance)
  return [...before.slice(0, -1), ...simplify(line.slice(furthest), tolerance)]
}

/** Distance from a point to a stretch; to its one end when the stretch is a point, as in a closed ring. */
function distanceTo([x, y]: Position, [ax, ay]: Position, [bx, by]: Position): number {
  const [dx, dy] = [bx - ax, by - ay]
  const length = dx * dx + dy * dy
  const t = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - ax) * dx + (y - ay) * dy) / length))
  return Math.hypot(x - ax - t * dx, y - ay - t * dy)
}
