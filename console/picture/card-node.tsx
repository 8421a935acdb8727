import type { NodeProps } from "@xyflow/react"
import { setParams, useParam } from "../frame/router.ts"
import { useView } from "../service/live.ts"
import { cores, duration, rate } from "../words/numbers.ts"
import { type Direction, Ends } from "./ends.tsx"
import type { Size } from "./layout.ts"

/** One process: who, how it is, what it does. A click tells more. */
export function CardNode({ data }: NodeProps) {
  const { id, size, direction } = data as { id: string; size: Size; direction: Direction }
  const instance = useView(({ state }) => state.instances.find(each => each.id === id))
  const ghost = useView(({ ghosts }) => ghosts.find(each => each.instance.id === id))
  const [at] = useParam("at")
  const shown = instance ?? ghost?.instance
  if (shown === undefined) return null
  const state = instance === undefined ? "gone" : instance.state
  const words = instance === undefined ? ghost?.reason : (instance.progress ?? instance.warning)
  return (
    <>
      <Ends direction={direction} />
      <button
        type="button"
        className={`card ${size}`}
        data-state={state}
        data-id={id}
        aria-pressed={at === id}
        onClick={() => setParams({ at: at === id ? "" : id })}
      >
        <span className="who">
          <span className="dot" />
          <b>{id}</b>
          {shown.tier === "data" && <span className="role">{shown.role}</span>}
          {size === "full" && shown.tier !== "data" && <span className="version clip">{shown.version}</span>}
        </span>
        {state === "ready" ? (
          <Figures id={id} size={size} />
        ) : (
          <span className="state clip">{words ?? state}</span>
        )}
        {state === "ready" && <Load id={id} />}
      </button>
    </>
  )
}

function Figures({ id, size }: { id: string; size: Size }) {
  const perSecond = useView(({ instances }) => instances[id]?.requestsPerSecond)
  const p99 = useView(({ state }) => state.fronts.find(front => front.id === id)?.latencyMs.p99)
  const serves = useView(({ state }) => state.instances.find(each => each.id === id)?.tier !== "data")
  if (perSecond === undefined || !serves) return <span className="figures" />
  return (
    <span className="figures">
      <span className="big">{rate(perSecond)}/s</span>
      {size === "full" && p99 !== undefined && perSecond > 0 && <span>p99 {duration(p99)}</span>}
    </span>
  )
}

/** How much of a core it uses: a Node process cannot use more than one for long. */
function Load({ id }: { id: string }) {
  const cpu = useView(({ instances }) => {
    const share = instances[id]?.cpu
    return share === undefined ? undefined : Math.round(share * 100) / 100
  })
  if (cpu === undefined) return <span className="load" />
  const level = cpu > 0.9 ? "high" : cpu > 0.7 ? "warm" : ""
  return (
    <span className={`load ${level}`}>
      <span className="bar" aria-hidden="true">
        <i style={{ transform: `scaleX(${Math.min(1, cpu)})` }} />
      </span>
      <span>{cores(cpu)} cpu</span>
    </span>
  )
}
