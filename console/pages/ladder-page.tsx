import type { LadderView } from "banyan/admin"
import { Facts } from "../frame/facts.tsx"
import { Controls } from "../ladder/controls.tsx"
import { PlanPanel } from "../ladder/plan-panel.tsx"
import { useLadder } from "../ladder/use-ladder.ts"
import { useView } from "../service/live.ts"
import { megabytes } from "../words/numbers.ts"

/** The stages as steps: where the service is, what each adds, what each was seen to take. */
export function LadderPage() {
  const ladder = useLadder()
  const stage = useView(({ state }) => state.stage)
  const at = ladder?.stages.findIndex(({ name }) => name === stage) ?? -1
  return (
    <>
      <header className="page-head">
        <h2>The ladder</h2>
        <Controls />
      </header>
      <ol className="rungs">
        {ladder?.stages.map((rung, index) => (
          <Rung key={rung.name} rung={rung} place={index === at ? "here" : index < at ? "below" : "above"} />
        ))}
      </ol>
      <PlanPanel />
    </>
  )
}

type Rung = LadderView["stages"][number]

function Rung({ rung, place }: { rung: Rung; place: "here" | "below" | "above" }) {
  const { name, adds, costs, instances, scales, measured } = rung
  const parts = Object.entries(instances).filter(([, count]) => count > 0)
  const ranges = Object.entries(scales).map(([group, { least, most }]) => `${group} ${least} to ${most}`)
  return (
    <li className="rung" data-place={place} aria-current={place === "here" ? "step" : undefined}>
      <h3>
        {name}
        {place === "here" && <span className="chip">you are here</span>}
      </h3>
      <p>{adds}</p>
      <p className="quiet">{costs}</p>
      <Facts
        facts={[
          ["begins with", parts.map(([group, count]) => `${count} ${group}`).join(", ")],
          ["scales", ranges.join(", ")],
          ["takes", takenWords(measured)],
        ]}
      />
    </li>
  )
}

function takenWords(measured: Rung["measured"]): string {
  if (measured === undefined) return "not seen since this supervisor started"
  return `${measured.processes} processes, ${megabytes(measured.memoryMb)} (measured here)`
}
