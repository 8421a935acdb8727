import { ask } from "../actions/asked.ts"
import { Icon } from "../frame/icon.tsx"
import { useIsLive, useView } from "../service/live.ts"
import { isBusy, steppersOf } from "./scaling.ts"
import { useLadder } from "./use-ladder.ts"

/** Grow, shrink, and one stepper for each group that can be scaled here. */
export function Controls() {
  const ladder = useLadder()
  const state = useView(view => view.state)
  const isLive = useIsLive()
  if (ladder === undefined) return null
  const busy = !isLive || isBusy(state.plan)
  const at = ladder.stages.findIndex(({ name }) => name === state.desired.stage)
  const scale = (group: string, count: number) =>
    ask({ type: "change", change: { type: "scale", instances: { [group]: count } } })
  return (
    <div className="controls">
      <button
        type="button"
        disabled={busy || at <= 0}
        onClick={() => ask({ type: "change", change: { type: "shrink" } })}
      >
        Shrink
      </button>
      {steppersOf(state, ladder).map(({ group, count, least, most }) => (
        <fieldset key={group} className="stepper" aria-label={`Scale ${group}`}>
          <button
            type="button"
            aria-label={`One ${group} fewer`}
            disabled={busy || count <= least}
            onClick={() => scale(group, count - 1)}
          >
            <Icon name="minus" />
          </button>
          <span>
            <b>{count}</b> {group}
          </span>
          <button
            type="button"
            aria-label={`One ${group} more`}
            disabled={busy || count >= most}
            onClick={() => scale(group, count + 1)}
          >
            <Icon name="plus" />
          </button>
        </fieldset>
      ))}
      <button
        type="button"
        className="main"
        disabled={busy || at === ladder.stages.length - 1}
        onClick={() => ask({ type: "change", change: { type: "grow" } })}
      >
        Grow
      </button>
    </div>
  )
}
