/** A point on Earth in degrees, WGS 84. */
export type Point = { readonly lat: number; readonly lon: number }

/** The middle of New York. The map's units are metres there, x to the east and y to the south. */
const MIDDLE: Point = { lat: 40.7, lon: -73.98 }
const METRES_PER_DEGREE = 111_195
const SHRINK = Math.cos((MIDDLE.lat * Math.PI) / 180)

/** Equirectangular: over one city it is within a part in a thousand of any better one. */
export function project({ lat, lon }: Point): [x: number, y: number] {
  return [(lon - MIDDLE.lon) * METRES_PER_DEGREE * SHRINK, (MIDDLE.lat - lat) * METRES_PER_DEGREE]
}

export function unproject(x: number, y: number): Point {
  return { lat: MIDDLE.lat - y / METRES_PER_DEGREE, lon: MIDDLE.lon + x / (METRES_PER_DEGREE * SHRINK) }
}

/** Metres between two points of one city. */
export function metresBetween(a: Point, b: Point): number {
  const [ax, ay] = project(a)
  const [bx, by] = project(b)
  return Math.hypot(ax - bx, ay - by)
}
