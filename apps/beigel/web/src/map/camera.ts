import { type Point, project, unproject } from "./projection.ts"

/** What of the map is seen: the middle in the map's units, pixels a unit, and the size in pixels. */
export type Camera = {
  readonly x: number
  readonly y: number
  readonly scale: number
  readonly width: number
  readonly height: number
}

/** From all of New York in a phone's width to a block. */
const SCALES = { least: 0.006, most: 1.6 }
export const ZOOM_STEP = 1.6

export function cameraOver(point: Point, metresAcross: number, width: number, height: number): Camera {
  const [x, y] = project(point)
  return { x, y, width, height, scale: clampScale(Math.min(width, height * 1.4) / metresAcross) }
}

export function toScreen(camera: Camera, x: number, y: number): [left: number, top: number] {
  return [camera.width / 2 + (x - camera.x) * camera.scale, camera.height / 2 + (y - camera.y) * camera.scale]
}

export function toPoint(camera: Camera, left: number, top: number): Point {
  return unproject(
    camera.x + (left - camera.width / 2) / camera.scale,
    camera.y + (top - camera.height / 2) / camera.scale,
  )
}

export function moved(camera: Camera, byLeft: number, byTop: number): Camera {
  return { ...camera, x: camera.x - byLeft / camera.scale, y: camera.y - byTop / camera.scale }
}

/** Zoomed by a factor; what is at (left, top) stays there. */
export function zoomed(
  camera: Camera,
  factor: number,
  left = camera.width / 2,
  top = camera.height / 2,
): Camera {
  const scale = clampScale(camera.scale * factor)
  const dx = (left - camera.width / 2) * (1 / camera.scale - 1 / scale)
  const dy = (top - camera.height / 2) * (1 / camera.scale - 1 / scale)
  return { ...camera, scale, x: camera.x + dx, y: camera.y + dy }
}

export function isClosest(camera: Camera): boolean {
  return camera.scale >= SCALES.most
}

/** The box that is seen, and a third more on each side, so that moving a little shows nothing empty. */
export function boxOf(camera: Camera): { north: number; south: number; east: number; west: number } {
  const [h, v] = [camera.width / 3, camera.height / 3]
  const upperLeft = toPoint(camera, -h, -v)
  const lowerRight = toPoint(camera, camera.width + h, camera.height + v)
  return { north: upperLeft.lat, west: upperLeft.lon, south: lowerRight.lat, east: lowerRight.lon }
}

function clampScale(scale: number): number {
  return Math.max(SCALES.least, Math.min(SCALES.most, scale))
}
