import type { PlanView, StepView } from "banyan/admin"
import { duration } from "../words/numbers.ts"

const signs: Readonly<Record<StepView["state"], string>> = {
  pending: "",
  running: "",
  done: "✓",
  failed: "!",
  undone: "↩",
}

/** The phases of a plan, one below the other; steps of a phase stand side by side in time. */
export function PlanSteps({ plan }: { plan: PlanView }) {
  if (plan.phases.length === 0) return <p className="quiet">Nothing has to be done.</p>
  return (
    <ol className="phases">
      {plan.phases.map((phase, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a phase is its place
        <li key={at}>
          {phase.map(step => (
            <Step key={`${step.kind} ${step.id} ${step.state === "failed"}`} step={step} />
          ))}
        </li>
      ))}
    </ol>
  )
}

function Step({ step }: { step: StepView }) {
  const { kind, id, reason, state, tookMs, error } = step
  return (
    <div className="step" data-state={state}>
      <span className="sign" role="img" aria-label={state}>
        {signs[state]}
      </span>
      <span className="what">
        {kind} <b>{id}</b>
      </span>
      <span className="why quiet">{error ?? reason}</span>
      <span className="took">{tookMs === undefined ? "" : duration(tookMs)}</span>
    </div>
  )
}
