import { useEffect, useState } from "react"
import { Dialog } from "../frame/dialog.tsx"
import { api } from "../service/api.ts"
import { useLive } from "../service/live.ts"
import { AskFoot } from "./ask-foot.tsx"
import { PlanSteps } from "./plan-steps.tsx"
import { RefusalNotice } from "./refusal-notice.tsx"
import { usePreview } from "./use-preview.ts"

type Fault = { readonly id: string; readonly onClose: () => void }

/** A process is ended at once; shown is how that would be mended. */
export function AskKill({ id, onClose }: Fault) {
  const { plan, error, setError } = usePreview({ type: "kill", id })
  return (
    <Dialog title={`Kill ${id}`} onClose={onClose} className="wide">
      {error === undefined ? (
        <p>Its process ends at once, as if its machine had lost power; what it is at is lost. Then:</p>
      ) : (
        <RefusalNotice error={error} />
      )}
      {error === undefined && plan && <PlanSteps plan={plan} />}
      <AskFoot
        title="Kill"
        look="danger"
        isPossible={error === undefined}
        onClose={onClose}
        onDo={() => api.signal(id, "SIGKILL").then(onClose, setError)}
      />
    </Dialog>
  )
}

const seconds = [2, 5, 15, 30, 60]

/** A process stands still for a time that is said beforehand; one that does for too long is taken for dead. */
export function AskFreeze({ id, onClose }: Fault) {
  const [forSeconds, setForSeconds] = useState(5)
  const { plan, error, setError } = usePreview({ type: "kill", id })
  const patienceMs = usePatienceMs(id)
  const isLong = patienceMs !== undefined && forSeconds * 1000 >= patienceMs
  return (
    <Dialog title={`Freeze ${id}`} onClose={onClose} className="wide">
      {error === undefined ? (
        <>
          <p>It stands still and answers nobody, as a process that hangs; then it goes on by itself.</p>
          <label className="field">
            for
            <select value={forSeconds} onChange={event => setForSeconds(Number(event.target.value))}>
              {seconds.map(each => (
                <option key={each} value={each}>
                  {each} seconds
                </option>
              ))}
            </select>
          </label>
          <p className={isLong ? "notice" : "quiet"}>
            {patienceMs === undefined
              ? "Who stands still for too long is taken for dead. Then:"
              : isLong
                ? `Longer than the ${patienceMs / 1000} seconds after which it is taken for dead. Then:`
                : `Who stands still for ${patienceMs / 1000} seconds is taken for dead; this is shorter.`}
          </p>
          {(isLong || patienceMs === undefined) && plan && <PlanSteps plan={plan} />}
        </>
      ) : (
        <RefusalNotice error={error} />
      )}
      <AskFoot
        title="Freeze"
        look="danger"
        isPossible={error === undefined}
        onClose={onClose}
        onDo={() => api.freeze(id, forSeconds * 1000).then(onClose, setError)}
      />
    </Dialog>
  )
}

/** How long it may be silent, as the configuration says; a primary's replicas wait less. */
function usePatienceMs(id: string): number | undefined {
  const [patienceMs, setPatienceMs] = useState<number>()
  const isPrimary = useLive(({ view }) => view?.state.databases?.primary === id)
  useEffect(() => {
    const path = isPrimary ? "data/hungAfterMs" : "hungAfterMs"
    const read = async () => {
      const { fields } = await api.config()
      const value = fields.find(field => field.path === path)?.value
      if (typeof value === "number") setPatienceMs(value)
    }
    read().catch(() => {})
  }, [isPrimary])
  return patienceMs
}
