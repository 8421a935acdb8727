import type { NodeProps } from "@xyflow/react"
import { useView } from "../service/live.ts"
import { type Direction, Ends } from "./ends.tsx"

/** The ground of a column: its name and how many play it. */
export function BandNode({ data }: NodeProps) {
  const { column, title, direction } = data as { column: string; title: string; direction: Direction }
  const count = useView(({ state }) => state.instances.filter(({ tier }) => tier === column).length)
  return (
    <div className="band">
      <Ends direction={direction} />
      <h3>
        {title} <span className="quiet">{count}</span>
      </h3>
    </div>
  )
}
