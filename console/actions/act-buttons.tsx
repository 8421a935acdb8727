import type { InstanceView } from "banyan/admin"
import { type Act, acts, ask, askAct } from "./asked.ts"

/** What makes sense of this one now, the gentlest first. */
export function actsOf({ frozenUntilMs, state }: InstanceView): readonly Act[] {
  if (state === "exited") return []
  return ["restart", "drain", frozenUntilMs === undefined ? "freeze" : "thaw", "kill"]
}

export function ActButtons({ instance }: { instance: InstanceView }) {
  const { id, role, state } = instance
  return (
    <>
      {role === "replica" && state === "ready" && (
        <button
          type="button"
          className="small"
          aria-label={`Make primary: ${id}`}
          title="it takes the primary's place, live"
          onClick={() => ask({ type: "change", change: { type: "switchover", to: id } })}
        >
          Make primary
        </button>
      )}
      {actsOf(instance).map(act => (
        <button
          key={act}
          type="button"
          className={act === "kill" ? "small danger-text" : "small"}
          aria-label={`${acts[act].title} ${id}`}
          title={acts[act].words}
          onClick={() => askAct(act, id)}
        >
          {acts[act].title}
        </button>
      ))}
    </>
  )
}
