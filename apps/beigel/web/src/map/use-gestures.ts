import { type KeyboardEvent, type PointerEvent, type RefObject, useRef } from "react"
import { type Camera, moved, ZOOM_STEP, zoomed } from "./camera.ts"
import type { SetCamera } from "./use-camera.ts"

/** A finger that moved less has pressed, not dragged. */
const PRESS_PX = 8
const STEP_PX = 60

type Finger = { readonly left: number; readonly top: number }

/** Moves the camera by mouse, one finger, two fingers and keys. `onPress` is told where the map was pressed. */
export function useGestures(
  frame: RefObject<HTMLElement | null>,
  camera: Camera | undefined,
  setCamera: SetCamera,
  onPress: (left: number, top: number) => void,
) {
  const fingers = useRef(new Map<number, Finger>())
  const travelledPx = useRef(0)
  const at = (event: PointerEvent): Finger => {
    const { left, top } = frame.current!.getBoundingClientRect()
    return { left: event.clientX - left, top: event.clientY - top }
  }
  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0) return
    if (fingers.current.size === 0) travelledPx.current = 0
    fingers.current.set(event.pointerId, at(event))
  }
  const onPointerMove = (event: PointerEvent) => {
    const before = fingers.current.get(event.pointerId)
    if (before === undefined) return
    const now = at(event)
    const other = [...fingers.current].find(([id]) => id !== event.pointerId)?.[1]
    fingers.current.set(event.pointerId, now)
    travelledPx.current += Math.hypot(now.left - before.left, now.top - before.top)
    if (travelledPx.current < PRESS_PX) return
    // Only now: until then a bubble under the finger may still be pressed.
    event.currentTarget.setPointerCapture(event.pointerId)
    setCamera(
      old => old && (other === undefined ? dragged(old, before, now) : pinched(old, other, before, now)),
    )
  }
  const onPointerUp = (event: PointerEvent) => {
    const wasDown = fingers.current.delete(event.pointerId)
    if (!wasDown || event.type === "pointercancel") return
    const { left, top } = at(event)
    const onBubble = (event.target as Element).closest("button") !== null
    if (fingers.current.size === 0 && travelledPx.current < PRESS_PX && !onBubble) onPress(left, top)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || camera === undefined) return
    const next = byKey(camera, event.key)
    if (event.key === "Enter") onPress(camera.width / 2, camera.height / 2)
    else if (next === undefined) return
    else setCamera(next)
    event.preventDefault()
  }
  return { onPointerDown, onPointerMove, onPointerUp, onPointerCancel: onPointerUp, onKeyDown }
}

function dragged(camera: Camera, before: Finger, now: Finger): Camera {
  return moved(camera, now.left - before.left, now.top - before.top)
}

/** The finger that rests is the point to zoom around. */
function pinched(camera: Camera, rest: Finger, before: Finger, now: Finger): Camera {
  const spread = ({ left, top }: Finger) => Math.max(20, Math.hypot(left - rest.left, top - rest.top))
  return zoomed(camera, spread(now) / spread(before), rest.left, rest.top)
}

function byKey(camera: Camera, key: string): Camera | undefined {
  switch (key) {
    case "ArrowLeft":
      return moved(camera, STEP_PX, 0)
    case "ArrowRight":
      return moved(camera, -STEP_PX, 0)
    case "ArrowUp":
      return moved(camera, 0, STEP_PX)
    case "ArrowDown":
      return moved(camera, 0, -STEP_PX)
    case "+":
    case "=":
      return zoomed(camera, ZOOM_STEP)
    case "-":
      return zoomed(camera, 1 / ZOOM_STEP)
    default:
      return undefined
  }
}
