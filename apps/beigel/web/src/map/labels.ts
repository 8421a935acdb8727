import type { Bubble } from "./bubbles.ts"
import { type Camera, toScreen } from "./camera.ts"
import type { Area } from "./outlines.ts"

/** A neighborhood's name as it is written on the map: its lines, and the middle of the first one in pixels. */
export type Label = {
  readonly key: string
  readonly lines: readonly string[]
  readonly left: number
  readonly top: number
}

type Box = { readonly left: number; readonly right: number; readonly top: number; readonly bottom: number }

export const LINE_PX = 15
const LETTER_PX = 6.6
const LINE_LETTERS = 15
/** Where a name may stand instead when its own place is taken: a little above or below. */
const SHIFTS_PX = [0, -26, 26, -48, 48]

/** Names for which there is room: none lies on a bubble or on another name. */
export function labelsOf(areas: readonly Area[], bubbles: readonly Bubble[], camera: Camera): Label[] {
  const taken: Box[] = bubbles.map(({ left, top, radius }) => boxAround(left, top, radius * 2, radius * 2))
  const labels: Label[] = []
  for (const { name, at } of areas) {
    const [left, middle] = toScreen(camera, ...at)
    if (name === "" || left < 0 || middle < 0 || left > camera.width || middle > camera.height) continue
    const lines = linesOf(name)
    const width = Math.max(...lines.map(line => line.length)) * LETTER_PX
    const height = lines.length * LINE_PX
    const boxes = SHIFTS_PX.map(shift => boxAround(left, middle + shift, width, height))
    const free = boxes.find(box => taken.every(other => !overlap(box, other)))
    if (free === undefined) continue
    taken.push(free)
    labels.push({ key: name + at.join(), lines, left, top: free.top + LINE_PX / 2 })
  }
  return labels
}

/** The city joins the names of its quarters by hyphens; there a long name is broken. */
export function linesOf(name: string): string[] {
  const lines: string[] = []
  for (const part of name.split("-")) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + part.length < LINE_LETTERS)
      lines[lines.length - 1] = `${last}-${part}`
    else lines.push(part)
  }
  return lines
}

function boxAround(left: number, top: number, width: number, height: number): Box {
  return { left: left - width / 2, right: left + width / 2, top: top - height / 2, bottom: top + height / 2 }
}

function overlap(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom
}
