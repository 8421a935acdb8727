import type { PlanView } from "banyan/admin"
import { PlanSteps } from "../actions/plan-steps.tsx"
import { useView } from "../service/live.ts"
import { duration, time } from "../words/numbers.ts"

const words: Readonly<Record<PlanView["state"], string>> = {
  proposed: "proposed",
  running: "running",
  done: "done",
  undoing: "being taken back",
  undone: "taken back",
  failed: "failed",
}

/** The plan on its way, its steps as they come; or the last one. */
export function PlanPanel() {
  const running = useView(({ state }) => state.plan)
  const last = useView(({ state }) => state.lastPlan)
  const plan = running ?? last
  return (
    <section className="panel plan" aria-label="Plan" aria-live="polite">
      <header>
        <h2>{running === null ? "Last plan" : "Plan"}</h2>
        {plan !== null && <PlanLine plan={plan} />}
      </header>
      {plan === null ? (
        <p className="quiet">No plan has run since this control plane started.</p>
      ) : (
        <PlanBody plan={plan} />
      )}
    </section>
  )
}

export function PlanLine({ plan, withTime = true }: { plan: PlanView; withTime?: boolean }) {
  const { startedAtMs, finishedAtMs } = plan
  const took =
    startedAtMs === undefined || finishedAtMs === undefined
      ? ""
      : ` in ${duration(finishedAtMs - startedAtMs)}`
  return (
    <p className="plan-line">
      <b>{plan.trigger}</b>
      <span className={`chip ${plan.state}`}>
        {words[plan.state]}
        {took}
      </span>
      {withTime && startedAtMs !== undefined && <span className="quiet">{time(startedAtMs)}</span>}
    </p>
  )
}

export function PlanBody({ plan }: { plan: PlanView }) {
  return (
    <>
      {plan.error && (
        <div className="notice bad">
          <p>{plan.error.message}</p>
          <p className="quiet">{plan.error.todo}</p>
        </div>
      )}
      <PlanSteps plan={plan} />
    </>
  )
}
