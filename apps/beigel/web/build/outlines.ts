import { project } from "../src/map/projection.ts"
import { type Position, simplify } from "./simplify.ts"

/** What the map draws: outlines as paths of SVG in the map's own units, and where each name is written. */
export type Outlines = {
  readonly west: number
  readonly south: number
  readonly east: number
  readonly north: number
  readonly areas: readonly { readonly name: string; readonly path: string; readonly at: Position }[]
}

type Ring = readonly (readonly [lon: number, lat: number])[]
type Feature = {
  readonly properties: { readonly name: string }
  readonly geometry:
    | { readonly type: "Polygon"; readonly coordinates: readonly Ring[] }
    | { readonly type: "MultiPolygon"; readonly coordinates: readonly (readonly Ring[])[] }
}
export type FeatureCollection = { readonly features: readonly Feature[] }

/** In units of the map, which are metres or nearly so: finer than the file's own 60 m would be noise. */
const TOLERANCE = 25

/** Outlines of a GeoJSON file, with fewer points and as whole numbers relative to the one before. */
export function outlinesOf({ features }: FeatureCollection): Outlines {
  const boxes = { west: 180, south: 90, east: -180, north: -90 }
  const areas = features.map(({ properties, geometry }) => {
    const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates
    const rings = polygons.flat()
    for (const [lon, lat] of rings.flat()) {
      boxes.west = Math.min(boxes.west, lon)
      boxes.east = Math.max(boxes.east, lon)
      boxes.south = Math.min(boxes.south, lat)
      boxes.north = Math.max(boxes.north, lat)
    }
    const drawn = rings
      .map(ring =>
        simplify(
          ring.map(([lon, lat]) => project({ lat, lon })),
          TOLERANCE,
        ),
      )
      .filter(ring => ring.length > 3)
    return { name: nameOf(properties.name), path: drawn.map(pathOf).join(""), at: labelPlace(drawn) }
  })
  return { ...boxes, areas: areas.filter(({ path }) => path !== "") }
}

/** Parks and cemeteries have no name of their own in the file. */
function nameOf(name: string): string {
  return name.startsWith("park-cemetery-etc") ? "" : name
}

function pathOf(ring: readonly Position[]): string {
  let [fromX, fromY] = [0, 0]
  const steps = ring.slice(0, -1).map(([x, y], index) => {
    const step: Position = [Math.round(x) - fromX, Math.round(y) - fromY]
    ;[fromX, fromY] = [Math.round(x), Math.round(y)]
    return `${index === 0 ? "M" : index === 1 ? "l" : ""}${step.join(" ")}`
  })
  return `${steps.join(" ").replaceAll(" -", "-").replace(" l", "l")}z`
}

/** The centroid of the largest ring. */
function labelPlace(rings: readonly (readonly Position[])[]): Position {
  const parts = rings.map(ring => {
    let [area, sumX, sumY] = [0, 0, 0]
    ring.forEach(([x, y], index) => {
      const [nextX, nextY] = ring[(index + 1) % ring.length]!
      const cross = x * nextY - nextX * y
      area += cross / 2
      sumX += (x + nextX) * cross
      sumY += (y + nextY) * cross
    })
    return { area: Math.abs(area), at: [sumX / (6 * area), sumY / (6 * area)] as const }
  })
  const largest = parts.reduce((best, part) => (part.area > best.area ? part : best), {
    area: 0,
    at: [0, 0] as const,
  })
  return [Math.round(largest.at[0]), Math.round(largest.at[1])]
}
