import type { Cluster } from "../api/types.ts"
import type { Camera } from "./camera.ts"
import { toScreen } from "./camera.ts"
import { project } from "./projection.ts"

/** What is drawn on the map: one café, or several that would lie on each other. Pixels from the map's corner. */
export type Bubble = {
  readonly key: string
  readonly left: number
  readonly top: number
  readonly radius: number
  readonly count: number
  readonly cafe: Cluster["cafe"]
}

const OUTSIDE = 40

/** Joins clusters whose bubbles would overlap: the largest takes in its neighbours, at their common middle. */
export function bubblesOf(clusters: readonly Cluster[], camera: Camera): Bubble[] {
  const bubbles: Bubble[] = []
  for (const cluster of clusters.toSorted((a, b) => b.count - a.count)) {
    const [left, top] = toScreen(camera, ...project(cluster))
    const { count, cafe } = cluster
    let bubble: Bubble = { key: keyOf(cluster), left, top, radius: radiusOf(count), count, cafe }
    // A joined bubble is larger and elsewhere, so it may touch another one: until nothing does.
    for (let near = touching(bubbles, bubble); near !== undefined; near = touching(bubbles, bubble)) {
      bubbles.splice(bubbles.indexOf(near), 1)
      bubble = joined(near, bubble)
    }
    bubbles.push(bubble)
  }
  return bubbles.filter(
    ({ left, top }) =>
      left > -OUTSIDE && top > -OUTSIDE && left < camera.width + OUTSIDE && top < camera.height + OUTSIDE,
  )
}

function joined(a: Bubble, b: Bubble): Bubble {
  const count = a.count + b.count
  const left = (a.left * a.count + b.left * b.count) / count
  const top = (a.top * a.count + b.top * b.count) / count
  return { key: a.key, left, top, radius: radiusOf(count), count, cafe: null }
}

function touching(bubbles: readonly Bubble[], one: Bubble): Bubble | undefined {
  return bubbles.find(
    other => Math.hypot(one.left - other.left, one.top - other.top) < one.radius + other.radius + 2,
  )
}

/** Its area grows with the logarithm: a thousand cafés must not hide the city. */
function radiusOf(count: number): number {
  return count === 1 ? 8 : Math.min(26, 10 + 3 * Math.log2(count) ** 0.8)
}

function keyOf({ lat, lon, cafe }: Cluster): string {
  return cafe?.id ?? `${lat},${lon}`
}
