import outlinesUrl from "virtual:outlines"
import type { Outlines } from "../../build/outlines.ts"
import { createStore, useStore } from "../store.ts"
import { type Point, project } from "./projection.ts"

export type Area = Outlines["areas"][number]

const outlines = createStore<Outlines | undefined>(undefined)
let isAsked = false

/** The city's neighborhoods, once they are there. Read once, when the first view asks for them. */
export function useOutlines(): Outlines | undefined {
  if (!isAsked) {
    isAsked = true
    void fetch(outlinesUrl)
      .then(async response => outlines.set((await response.json()) as Outlines))
      .catch(() => {
        // The map is drawn without them; the next view asks again.
        isAsked = false
      })
  }
  return useStore(outlines)
}

/** The neighborhood a point lies in. */
export function useAreaName(point: Point): string | undefined {
  const all = useOutlines()
  return all?.areas.find(area => contains(area, point))?.name || undefined
}

const shapes = new WeakMap<Area, Path2D>()
let canvas: CanvasRenderingContext2D | null | undefined

function contains(area: Area, point: Point): boolean {
  canvas ??= document.createElement("canvas").getContext("2d")
  const shape = shapes.get(area) ?? new Path2D(area.path)
  shapes.set(area, shape)
  return canvas?.isPointInPath(shape, ...project(point), "evenodd") ?? false
}
