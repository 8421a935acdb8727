/** A point on Earth in degrees, WGS 84. */
export type Point = { readonly lat: number; readonly lon: number }

/** Mean radius of the Earth (IUGG), metres. A sphere is within 0.6 % of the ellipsoid. */
const EARTH_RADIUS_M = 6_371_008.8

/**
 * The point as a unit vector. Straight-line distance between unit vectors (the chord) orders places exactly as
 * distance over the ground does, at the poles and across the date line too, and an index can search by it.
 */
export function unitVector(point: Point): readonly [x: number, y: number, z: number] {
  const lat = (point.lat * Math.PI) / 180
  const lon = (point.lon * Math.PI) / 180
  return [Math.cos(lat) * Math.cos(lon), Math.cos(lat) * Math.sin(lon), Math.sin(lat)]
}

/** Metres over the ground between two points whose unit vectors lie `chord` (0 to 2) apart. */
export function metresOfChord(chord: number): number {
  return 2 * EARTH_RADIUS_M * Math.asin(Math.min(1, chord / 2))
}
