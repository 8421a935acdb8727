import type { LoadView } from "banyan/admin"
import { RefusalNotice } from "../actions/refusal-notice.tsx"
import { useIsLive } from "../service/live.ts"
import { count, duration, rate, time } from "../words/numbers.ts"
import { isOn } from "./load-choice.ts"
import { placeOf, rates } from "./rate-scale.ts"
import { loadChoice, useLoad } from "./use-load.ts"

const firstRate = 50

/** Load from the service's own generator: how much, and what it sees of the service from outside. */
export function LoadPanel() {
  const shown = useLoad()
  const isAway = !useIsLive()
  const { load, chosen, error } = shown
  const goesOn = isOn(shown)
  const rps = chosen ?? (load !== undefined && load.rps > 0 ? load.rps : firstRate)
  return (
    <section className="load-panel" aria-label="Load">
      <button
        type="button"
        className={goesOn ? "" : "main"}
        disabled={isAway || load === undefined}
        onClick={() => (goesOn ? loadChoice.stop() : loadChoice.start(rps))}
      >
        {goesOn ? "End load" : "Start load"}
      </button>
      <label>
        <span className="hidden">Requests a second</span>
        <input
          type="range"
          min={0}
          max={rates.length - 1}
          step={1}
          value={placeOf(rps)}
          disabled={isAway}
          aria-valuetext={`${rps} a second`}
          onChange={event => loadChoice.choose(rates[Number(event.target.value)]!)}
        />
        <b>{rate(rps)}/s</b>
      </label>
      {load && <Seen load={load} />}
      {error !== undefined && <RefusalNotice error={error} />}
    </section>
  )
}

/** From outside, by requests that are never repeated. */
function Seen({ load }: { load: LoadView }) {
  const { state, last, totals, problem, failures, untilMs } = load
  if (problem !== undefined) return <p className="trouble">{problem}</p>
  if (state === "off" && totals.sent === 0)
    return <p className="quiet">the built-in generator asks as users do, on time and without retries</p>
  return (
    <dl className="seen" title={untilMs === undefined ? undefined : `ends by itself at ${time(untilMs)}`}>
      {state === "preparing" && <Figure name="state" value="preparing" />}
      {last && <Figure name="sent" value={`${rate(last.sentPerSecond)}/s`} />}
      {last && (
        <Figure name="failed" value={`${rate(last.failedPerSecond)}/s`} isBad={last.failedPerSecond > 0} />
      )}
      {last && <Figure name="95 % in" value={duration(last.p95)} />}
      <Figure
        name="in all"
        value={`${count(totals.failed)} of ${count(totals.sent)} failed`}
        isBad={totals.failed > 0}
        title={failures.join("\n")}
      />
    </dl>
  )
}

function Figure(props: { name: string; value: string; isBad?: boolean; title?: string }) {
  const { name, value, isBad = false, title = "" } = props
  return (
    <div className={isBad ? "bad" : ""} title={title} data-seen={name}>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  )
}
