import type { NodeProps } from "@xyflow/react"
import { useMade } from "../service/live.ts"
import { Drops } from "./drops.tsx"
import { type Direction, Ends } from "./ends.tsx"
import { flowOf } from "./flow.ts"

/** All that flows between two tiers, gathered in one stem: figures, and drops that run as fast as the traffic. */
export function TrunkNode({ data }: NodeProps) {
  const { from, to, direction } = data as { from: string; to: string; direction: Direction }
  const { figure, words, trouble, pace } = useMade(view => flowOf(view, from, to))
  return (
    <div className={`trunk ${direction}`} data-pace={pace}>
      <Ends direction={direction} />
      <span className="figure">{figure}</span>
      <span className="stem" aria-hidden="true">
        {pace > 0 && <Drops pace={pace} direction={direction} />}
      </span>
      {trouble === "" ? <span className="quiet">{words}</span> : <span className="trouble">{trouble}</span>}
    </div>
  )
}
