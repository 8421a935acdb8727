import type { TimelineEntry } from "banyan/admin"
import { useParam } from "../frame/router.ts"
import { PlanBody, PlanLine } from "../ladder/plan-panel.tsx"
import { useTimeline } from "../service/use-timeline.ts"
import { time } from "../words/numbers.ts"

/** What happened, newest first; a plan opens to its steps, reasons and durations. */
export function TimelinePage() {
  const timeline = useTimeline()
  const [open, setOpen] = useParam("plan")
  return (
    <>
      <header className="page-head">
        <h2>Time line</h2>
        {timeline && (
          <span className="quiet">since {time(timeline.sinceMs)}, when this supervisor began</span>
        )}
      </header>
      <ol className="story panel">
        {timeline?.entries.map(entry => (
          <Entry
            key={`${entry.at} ${entry.words}`}
            entry={entry}
            isOpen={entry.plan !== undefined && entry.plan.id === open}
            onToggle={() => setOpen(open === entry.plan?.id ? "" : (entry.plan?.id ?? ""))}
          />
        ))}
      </ol>
    </>
  )
}

function Entry({ entry, isOpen, onToggle }: { entry: TimelineEntry; isOpen: boolean; onToggle: () => void }) {
  const { at, kind, words, plan } = entry
  if (plan === undefined)
    return (
      <li data-kind={kind}>
        <span className="dot" />
        <time className="quiet">{time(at)}</time>
        <span>{words}</span>
      </li>
    )
  return (
    <li data-kind={plan.state === "failed" || plan.state === "undone" ? "crash" : kind}>
      <span className="dot" />
      <time className="quiet">{time(at)}</time>
      <div>
        <div className="head">
          <PlanLine plan={plan} withTime={false} />
          <button
            type="button"
            className="small"
            aria-expanded={isOpen}
            onClick={onToggle}
            aria-label={`${isOpen ? "Hide steps" : "Steps"} of ${plan.id}`}
          >
            {isOpen ? "Hide" : "Steps"}
          </button>
        </div>
        {isOpen && <PlanBody plan={plan} />}
      </div>
    </li>
  )
}
