import type { Change, PlanView } from "banyan/admin"
import { useEffect, useState } from "react"
import { Dialog } from "../frame/dialog.tsx"
import { api } from "../service/api.ts"
import { type Act, acts, ask, useAsked } from "./asked.ts"
import { PlanSteps } from "./plan-steps.tsx"
import { RefusalNotice } from "./refusal-notice.tsx"

/** The one place where something is done: shown first, then asked for, refusals in words. */
export function Actions() {
  const asked = useAsked()
  if (asked === undefined) return null
  if (asked.type === "change") return <AskChange key={JSON.stringify(asked.change)} change={asked.change} />
  return <AskSignal key={`${asked.act} ${asked.id}`} id={asked.id} act={asked.act} />
}

const close = () => ask(undefined)

function titleOf(change: Change): string {
  switch (change.type) {
    case "grow":
      return "Grow one stage"
    case "shrink":
      return "Shrink one stage"
    case "apply":
      return "Back to the file"
    case "switchover":
      return change.to === undefined ? "Another primary" : `Make ${change.to} the primary`
    case "scale":
      return `Scale to ${Object.entries(change.instances)
        .map(([group, count]) => `${count} ${group}`)
        .join(", ")}`
  }
}

function AskChange({ change }: { change: Change }) {
  const [plan, setPlan] = useState<PlanView>()
  const [error, setError] = useState<unknown>()
  useEffect(() => {
    api.preview(change).then(setPlan, setError)
  }, [change])
  const begin = () => api.change(change).then(close, setError)
  const steps = plan?.phases.flat().length ?? 0
  return (
    <Dialog title={titleOf(change)} onClose={close} className="wide">
      {error !== undefined && <RefusalNotice error={error} />}
      {plan !== undefined && error === undefined && (
        <>
          <p className="quiet">
            {steps === 0
              ? "What is wanted runs already."
              : `${steps} steps in ${plan.phases.length} phases. No request fails meanwhile; if a start fails, everything is taken back.`}
          </p>
          <PlanSteps plan={plan} />
        </>
      )}
      <footer className="dialog-foot">
        <button type="button" onClick={close}>
          Cancel
        </button>
        {error === undefined && (
          <button type="button" className="main" disabled={steps === 0} onClick={begin}>
            Do it
          </button>
        )}
      </footer>
    </Dialog>
  )
}

function AskSignal({ id, act }: { id: string; act: Act }) {
  const [error, setError] = useState<unknown>()
  const { title, signal, words } = acts[act]
  const send = () => api.signal(id, signal).then(close, setError)
  return (
    <Dialog title={`${title} ${id}`} onClose={close}>
      {error === undefined ? <p>{words}</p> : <RefusalNotice error={error} />}
      <footer className="dialog-foot">
        <button type="button" onClick={close}>
          Cancel
        </button>
        <button
          type="button"
          className={act === "thaw" || act === "restart" ? "main" : "danger"}
          onClick={send}
        >
          {title}
        </button>
      </footer>
    </Dialog>
  )
}
