import type { NodeProps } from "@xyflow/react"
import { setParams, useParam } from "../frame/router.ts"
import { useMade } from "../service/live.ts"
import { type CardWords, cardWords } from "./card-words.ts"
import { FrozenFor } from "./condition.tsx"
import { type Direction, Ends } from "./ends.tsx"
import { ErrorBadge } from "./error-badge.tsx"
import type { Size } from "./layout.ts"

/** One process: who, how it is, what it does. A click tells more. */
export function CardNode({ data }: NodeProps) {
  const { id, size, direction } = data as { id: string; size: Size; direction: Direction }
  const card = useMade(view => cardWords(view, id))
  const [at] = useParam("at")
  if (card === undefined) return null
  const { state, isPromoted, isDatabase, role, version, why, frozenUntilMs } = card
  return (
    <>
      <Ends direction={direction} />
      <button
        type="button"
        className={`card ${size} ${isPromoted ? "promoted" : ""}`}
        data-state={state}
        data-id={id}
        aria-pressed={at === id}
        onClick={() => setParams({ at: at === id ? "" : id })}
      >
        <span className="who">
          <span className="dot" />
          <b>{id}</b>
          {isDatabase && <span className="role">{role}</span>}
          {size === "full" && !isDatabase && <span className="version clip">{version}</span>}
        </span>
        {state === "ready" ? (
          <Figures card={card} size={size} />
        ) : (
          <span className="state clip">
            {frozenUntilMs === undefined ? why || state : <FrozenFor untilMs={frozenUntilMs} />}
          </span>
        )}
        {state === "ready" && <Load card={card} />}
      </button>
      <ErrorBadge id={id} />
    </>
  )
}

function Figures({ card, size }: { card: CardWords; size: Size }) {
  const { isDatabase, news, perSecond, p99 } = card
  if (isDatabase) return <span className="news">{news}</span>
  return (
    <span className="figures">
      {perSecond !== "" && <span className="big">{perSecond}</span>}
      {size === "full" && p99 !== "" && <span>{p99}</span>}
    </span>
  )
}

/** How much of a core it uses: a Node process cannot use more than one for long. */
function Load({ card: { cpu, cpuWords } }: { card: CardWords }) {
  if (cpu === undefined) return <span className="load" />
  const level = cpu > 0.9 ? "high" : cpu > 0.7 ? "warm" : ""
  return (
    <span className={`load ${level}`}>
      <span className="bar" aria-hidden="true">
        <i style={{ transform: `scaleX(${Math.min(1, cpu)})` }} />
      </span>
      <span>{cpuWords}</span>
    </span>
  )
}
