import type { Point } from "../map/projection.ts"
import { createKeptStore, createStore } from "../store.ts"

const WASHINGTON_SQUARE: Point = { lat: 40.7308, lon: -73.9973 }

/** Where the reader looks from. */
export const point = createKeptStore<Point>("beigel.point", kept => {
  const { lat, lon } = (kept ?? {}) as Partial<Point>
  const isPoint = Math.abs(Number(lat)) <= 90 && Math.abs(Number(lon)) <= 180
  return isPoint ? { lat: Number(lat), lon: Number(lon) } : WASHINGTON_SQUARE
})

export const locating = createStore<"idle" | "asking" | "denied" | "unavailable" | "far">("idle")

/** Beigel's cafés are in New York; from further away than this they are not near. */
const NEW_YORK = { north: 41.2, south: 40.3, east: -73.5, west: -74.5 }

export function locate(): void {
  if (navigator.geolocation === undefined) {
    locating.set("unavailable")
    return
  }
  locating.set("asking")
  navigator.geolocation.getCurrentPosition(
    ({ coords: { latitude: lat, longitude: lon } }) => {
      const isNear =
        lat < NEW_YORK.north && lat > NEW_YORK.south && lon < NEW_YORK.east && lon > NEW_YORK.west
      locating.set(isNear ? "idle" : "far")
      if (isNear) point.set({ lat, lon })
    },
    error => locating.set(error.code === error.PERMISSION_DENIED ? "denied" : "unavailable"),
    { timeout: 10_000, maximumAge: 60_000 },
  )
}

export function lookFrom(next: Point): void {
  locating.set("idle")
  point.set(next)
}
