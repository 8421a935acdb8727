import type { Change } from "banyan/admin"
import { Dialog } from "../frame/dialog.tsx"
import { api } from "../service/api.ts"
import { AskFreeze, AskKill } from "./ask-fault.tsx"
import { AskFoot } from "./ask-foot.tsx"
import { ask, useAsked } from "./asked.ts"
import { PlanSteps } from "./plan-steps.tsx"
import { RefusalNotice } from "./refusal-notice.tsx"
import { usePreview } from "./use-preview.ts"
import { WaitingSettings } from "./waiting-settings.tsx"

/** The one place where something is done: shown first, then asked for, refusals in words. */
export function Actions() {
  const asked = useAsked()
  if (asked === undefined) return null
  if (asked.type === "change") return <AskChange key={JSON.stringify(asked.change)} change={asked.change} />
  const { type, id } = asked
  return type === "kill" ? (
    <AskKill key={id} id={id} onClose={close} />
  ) : (
    <AskFreeze key={id} id={id} onClose={close} />
  )
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
    case "restart":
      return `Restart ${change.id}`
    case "drain":
      return `Drain ${change.id}`
    case "scale":
      return `Scale to ${Object.entries(change.instances)
        .map(([group, count]) => `${count} ${group}`)
        .join(", ")}`
  }
}

function AskChange({ change }: { change: Change }) {
  const { plan, error, setError } = usePreview(change)
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
          {change.type === "apply" && <WaitingSettings />}
        </>
      )}
      <AskFoot
        title="Do it"
        look="main"
        isPossible={error === undefined}
        isIdle={steps === 0 && change.type !== "apply"}
        onClose={close}
        onDo={begin}
      />
    </Dialog>
  )
}
