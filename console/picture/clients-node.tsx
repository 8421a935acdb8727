import type { NodeProps } from "@xyflow/react"
import { useView } from "../service/live.ts"
import { count } from "../words/numbers.ts"
import { type Direction, Ends } from "./ends.tsx"

/** Who asks: everybody outside. */
export function ClientsNode({ data }: NodeProps) {
  const connections = useView(({ state }) => state.fronts.reduce((sum, front) => sum + front.connections, 0))
  return (
    <div className="clients">
      <Ends direction={data["direction"] as Direction} />
      <b>clients</b>
      <span className="quiet">
        {count(connections)} {connections === 1 ? "connection" : "connections"}
      </span>
    </div>
  )
}
