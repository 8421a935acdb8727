import { showTour, tour, useTourStep } from "./tour-state.ts"

/** Five steps at the first open, above the page they are about; nothing is covered, all can be tried at once. */
export function Tour() {
  const at = useTourStep()
  if (at === undefined) return null
  const { title, words } = tour[at]!
  const isLast = at === tour.length - 1
  return (
    <section
      className="tour"
      aria-label="Tour"
      onKeyDown={event => event.key === "Escape" && showTour(undefined)}
    >
      <p aria-live="polite" aria-atomic="true">
        <b>
          {at + 1} of {tour.length} · {title}
        </b>{" "}
        {words}
      </p>
      <div className="row">
        {at > 0 && (
          <button type="button" className="small" onClick={() => showTour(at - 1)}>
            Back
          </button>
        )}
        <button type="button" className="small" onClick={() => showTour(at + 1)}>
          {isLast ? "Done" : "Next"}
        </button>
        {!isLast && (
          <button type="button" className="small bare" onClick={() => showTour(undefined)}>
            Skip the tour
          </button>
        )}
      </div>
    </section>
  )
}
