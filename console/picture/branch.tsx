import { type EdgeProps, getBezierPath } from "@xyflow/react"
import { useView } from "../service/live.ts"
import { conditionOf } from "./condition-of.ts"
import { paceOf } from "./flow.ts"

/** A line between a card and a trunk, the thicker the more goes that way. */
export function Branch(props: EdgeProps) {
  const { sourceX, sourceY, sourcePosition, targetX, targetY, targetPosition, data } = props
  const id = (data as { id: string }).id
  const pace = useView(({ instances, samples }) =>
    paceOf((id === "" ? samples.at(-1)?.requestsPerSecond : instances[id]?.requestsPerSecond) ?? 0),
  )
  const state = useView(view => {
    const instance = view.state.instances.find(each => each.id === id)
    return instance && conditionOf(instance)
  })
  const [path] = getBezierPath({ sourceX, sourceY, sourcePosition, targetX, targetY, targetPosition })
  return (
    <path
      className="branch"
      d={path}
      data-pace={pace}
      data-state={id === "" ? "ready" : (state ?? "exited")}
    />
  )
}
