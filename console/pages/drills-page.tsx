import type { DrillRunView, DrillView } from "banyan/admin"
import { useCallback, useState } from "react"
import { RefusalNotice } from "../actions/refusal-notice.tsx"
import { DrillList } from "../drills/drill-list.tsx"
import { RunList } from "../drills/run-list.tsx"
import { RunView } from "../drills/run-view.tsx"
import { useParam } from "../frame/router.ts"
import { api } from "../service/api.ts"
import { usePoll } from "../service/use-poll.ts"

const everyMs = 2_000

/** Every claim that can be tried: run one on a service of its own, watch it, read what it found. */
export function DrillsPage() {
  const { value: view, error } = usePoll(api.drills, everyMs)
  const [chosen, setChosen] = useParam("run")
  const [refusal, setRefusal] = useState<unknown>()
  const [isStarting, setStarting] = useState(false)
  const [begun, setBegun] = useState<DrillRunView>()
  const start = useCallback(
    async (name: string, short: boolean) => {
      setRefusal(undefined)
      setStarting(true)
      try {
        const run = await api.startDrill({ name, short, seed: 1 })
        setBegun(run)
        setChosen(run.id)
      } catch (problem) {
        setRefusal(problem)
      } finally {
        setStarting(false)
      }
    },
    [setChosen],
  )
  if (begun !== undefined && view?.runs.some(({ id }) => id === begun.id)) setBegun(undefined)
  const problem = refusal ?? error
  return (
    <>
      <header className="page-head">
        <h2>Drills</h2>
        <span className="quiet">
          each on a service of its own, beside this one; they take its processors, not its data
        </span>
      </header>
      {problem !== undefined && <RefusalNotice error={problem} />}
      {view === undefined && error === undefined && <p className="quiet">Asking which drills there are …</p>}
      {view !== undefined && (
        <Body
          drills={view.drills}
          // What was begun here is shown before the next look at what runs tells it.
          runs={begun === undefined ? view.runs : [begun, ...view.runs]}
          isStarting={isStarting}
          chosen={chosen}
          onChoose={setChosen}
          onStart={start}
        />
      )}
    </>
  )
}

type BodyProps = {
  readonly drills: readonly DrillView[]
  readonly runs: readonly DrillRunView[]
  readonly isStarting: boolean
  readonly chosen: string
  readonly onChoose: (id: string) => void
  readonly onStart: (name: string, short: boolean) => void
}

function Body({ drills, runs, isStarting, chosen, onChoose, onStart }: BodyProps) {
  const running = runs.find(({ state }) => state === "running")
  const shown = runs.find(({ id }) => id === chosen)
  return (
    <div className="stack">
      {shown !== undefined && <RunView key={shown.id} run={shown} onClose={() => onChoose("")} />}
      {running !== undefined && running.id !== chosen && (
        <p className="notice">
          {running.name} runs.{" "}
          <button type="button" className="small" onClick={() => onChoose(running.id)}>
            Watch it
          </button>
        </p>
      )}
      <DrillList drills={drills} isBusy={isStarting || running !== undefined} onStart={onStart} />
      <RunList runs={runs} onChoose={onChoose} />
    </div>
  )
}
