import { type Dispatch, type RefObject, type SetStateAction, useEffect, useRef, useState } from "react"
import { type Camera, cameraOver, zoomed } from "./camera.ts"
import { type Point, project } from "./projection.ts"

export type SetCamera = Dispatch<SetStateAction<Camera | undefined>>

/** The map's camera: over a place at first and whenever that changes, as large as its frame, zoomed by the wheel. */
export function useCamera(frame: RefObject<HTMLElement | null>, over: Point, metresAcross: number) {
  const [camera, setCamera] = useState<Camera>()
  const first = useRef({ over, metresAcross })
  useEffect(() => {
    const element = frame.current!
    const { over, metresAcross } = first.current
    const observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry!.contentRect
      if (width === 0 || height === 0) return
      setCamera(old =>
        old === undefined ? cameraOver(over, metresAcross, width, height) : { ...old, width, height },
      )
    })
    observer.observe(element)
    // React listens to wheels passively; here the page must not scroll with them.
    const onWheel = (event: WheelEvent) => {
      event.preventDefault()
      const { left, top } = element.getBoundingClientRect()
      const factor = Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0018))
      setCamera(old => old && zoomed(old, factor, event.clientX - left, event.clientY - top))
    }
    element.addEventListener("wheel", onWheel, { passive: false })
    return () => {
      observer.disconnect()
      element.removeEventListener("wheel", onWheel)
    }
  }, [frame])

  // Another place is looked from: the map goes there, as close as it was.
  const { lat, lon } = over
  useEffect(() => {
    const [x, y] = project({ lat, lon })
    setCamera(old => old && { ...old, x, y })
  }, [lat, lon])
  return [camera, setCamera] as const
}
