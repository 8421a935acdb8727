import { useEffect, useRef } from "react"
import type { Direction } from "./ends.tsx"

/** Of each pace: drops on a stem, and how long one takes to where the next one was. */
const paces = [
  { drops: 1, turnMs: 3_000 },
  { drops: 2, turnMs: 1_100 },
  { drops: 3, turnMs: 530 },
  { drops: 4, turnMs: 300 },
  { drops: 5, turnMs: 180 },
]
/** Enough for the eye; each more is another picture to be drawn. */
const framesPerSecond = 30

/**
 * What flows, as drops on one layer that moves by the distance of two of them. Not an animation of the style sheet: of that
 * React would be told at each turn, and the whole page be looked through for what changed.
 */
export function Drops({ pace, direction }: { pace: number; direction: Direction }) {
  const layer = useRef<HTMLElement>(null)
  const { drops, turnMs } = paces[pace - 1]!
  useEffect(() => {
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return
    const axis = direction === "down" ? "Y" : "X"
    const moved = [`translate${axis}(0)`, `translate${axis}(calc(100% / ${drops + 1}))`]
    const steps = Math.round((turnMs / 1000) * framesPerSecond)
    const run = { duration: turnMs, iterations: Number.POSITIVE_INFINITY, easing: `steps(${steps})` }
    const animation = layer.current!.animate({ transform: moved }, run)
    // All stems step at the same moments.
    animation.startTime = 0
    return () => animation.cancel()
  }, [direction, drops, turnMs])
  return <i ref={layer} style={{ "--drops": drops } as React.CSSProperties} />
}
