import { Trail } from "../charts/trail.tsx"
import { Boundary } from "../frame/boundary.tsx"
import { useParam } from "../frame/router.ts"
import { Controls } from "../ladder/controls.tsx"
import { PlanPanel } from "../ladder/plan-panel.tsx"
import { LoadPanel } from "../load/load-panel.tsx"
import { Inspector } from "../picture/inspector.tsx"
import { Picture } from "../picture/picture.tsx"
import { useView } from "../service/live.ts"
import { failedOf } from "../service/view.ts"
import { count, duration, rate } from "../words/numbers.ts"

/** Home: what runs, what flows, what is being changed. */
export function PicturePage() {
  const [at] = useParam("at")
  return (
    <>
      <Figures />
      <header className="page-head">
        <h2>The way of a request</h2>
        <Controls />
      </header>
      <Boundary what="load">
        <LoadPanel />
      </Boundary>
      <Picture />
      <div className="below">
        <PlanPanel />
        {at !== "" && <Inspector id={at} canClose />}
      </div>
    </>
  )
}

function Figures() {
  const samples = useView(view => view.samples)
  const failed = useView(({ state }) => failedOf(state))
  const last = samples.at(-1)
  const minute = samples.slice(-60)
  return (
    <section className="tiles" aria-label="At this moment">
      <Tile name="requests" value={rate(last?.requestsPerSecond ?? 0)} unit="/s">
        <Trail values={minute.map(each => each.requestsPerSecond)} />
      </Tile>
      <Tile
        name="failed"
        value={rate(last?.failedPerSecond ?? 0)}
        unit="/s"
        isBad={(last?.failedPerSecond ?? 0) > 0}
      >
        <p className="quiet">{count(failed)} in all</p>
      </Tile>
      <Tile name="half answered in" value={duration(last?.latencyMs.p50 ?? 0)} unit="">
        <Trail values={minute.map(each => each.latencyMs.p50)} />
      </Tile>
      <Tile name="99 % answered in" value={duration(last?.latencyMs.p99 ?? 0)} unit="">
        <Trail values={minute.map(each => each.latencyMs.p99)} />
      </Tile>
    </section>
  )
}

function Tile(props: {
  name: string
  value: string
  unit: string
  isBad?: boolean
  children: React.ReactNode
}) {
  const { name, value, unit, isBad = false, children } = props
  return (
    <div className={`tile ${isBad ? "bad" : ""}`}>
      <span className="name">{name}</span>
      <span className="value">
        <b>{value}</b>
        {unit}
      </span>
      {children}
    </div>
  )
}
