import type { NodeProps } from "@xyflow/react"
import { useView } from "../service/live.ts"
import { type Direction, Ends } from "./ends.tsx"
import { flowOf } from "./flow.ts"

/** All that flows between two tiers, gathered in one stem: figures, and drops that run as fast as the traffic. */
export function TrunkNode({ data }: NodeProps) {
  const { from, to, direction } = data as { from: string; to: string; direction: Direction }
  const figure = useView(view => flowOf(view, from, to).figure)
  const words = useView(view => flowOf(view, from, to).words)
  const trouble = useView(view => flowOf(view, from, to).trouble)
  const pace = useView(view => flowOf(view, from, to).pace)
  return (
    <div className={`trunk ${direction}`} data-pace={pace}>
      <Ends direction={direction} />
      <span className="figure">{figure}</span>
      <span className="stem" aria-hidden="true">
        {Array.from({ length: pace }, (_, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: drops are all alike
          <i key={`${pace} ${at}`} style={{ animationDelay: `${-at / pace}s` }} />
        ))}
      </span>
      {trouble === "" ? <span className="quiet">{words}</span> : <span className="trouble">{trouble}</span>}
    </div>
  )
}
