import { Handle, Position } from "@xyflow/react"

export type Direction = "across" | "down"

/** Where lines begin and end: at the sides, or above and below. */
export function Ends({ direction }: { direction: Direction }) {
  const isDown = direction === "down"
  return (
    <>
      <Handle type="target" position={isDown ? Position.Top : Position.Left} isConnectable={false} />
      <Handle type="source" position={isDown ? Position.Bottom : Position.Right} isConnectable={false} />
    </>
  )
}
