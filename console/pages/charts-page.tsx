import { useMemo } from "react"
import { ChartView } from "../charts/chart-view.tsx"
import { firstSpan, rangeOf, spans } from "../charts/range.ts"
import { chartsOf } from "../charts/series.ts"
import { setParams, useParam } from "../frame/router.ts"
import { Toggle } from "../frame/toggle.tsx"
import { useView } from "../service/live.ts"
import { useTimeline } from "../service/use-timeline.ts"
import { time } from "../words/numbers.ts"

/** The golden signals of every tier: one cursor and one range for all, in the address. */
export function ChartsPage() {
  const [last] = useParam("last")
  const [from] = useParam("from")
  const [to] = useParam("to")
  const samples = useView(view => view.samples)
  const timeline = useTimeline()
  const newestMs = samples.at(-1)?.at ?? Date.now()
  const range = useMemo(() => rangeOf({ last, from, to }, newestMs), [last, from, to, newestMs])
  const { times, charts } = useMemo(
    () => chartsOf(samples.filter(({ at }) => at / 1000 >= range.from - 60 && at / 1000 <= range.to + 60)),
    [samples, range],
  )
  const marks = useMemo(
    () => (timeline?.entries ?? []).map(({ at, kind }) => ({ atMs: at, kind })),
    [timeline],
  )
  const select = (fromS: number, toS: number) =>
    setParams({ from: String(Math.round(fromS * 1000)), to: String(Math.round(toS * 1000)), last: "" })
  const sinceMs = samples[0]?.at
  return (
    <>
      <header className="page-head">
        <h2>Charts</h2>
        <fieldset className="chips" aria-label="Range">
          {spans.map(({ key, title }) => (
            <Toggle
              key={key}
              isOn={range.isLive && (last === "" ? firstSpan : last) === key}
              onClick={() => setParams({ last: key, from: "", to: "" })}
            >
              {title}
            </Toggle>
          ))}
          <span className={`chip ${range.isLive ? "" : "still"}`}>
            {range.isLive ? "live" : `${time(range.from * 1000)} to ${time(range.to * 1000)}`}
          </span>
        </fieldset>
      </header>
      <div className="charts">
        {charts.map(chart => (
          <ChartView key={chart.title} {...{ chart, times, range, marks }} onSelect={select} />
        ))}
      </div>
      <p className="quiet">
        {sinceMs !== undefined &&
          `This supervisor has looked since ${time(sinceMs)}; what was before is lost with the one before. `}
        Drag on a chart to look closer. Marks: plans, deaths, failovers.
      </p>
    </>
  )
}
