import type { BackupsView } from "banyan/admin"
import { api } from "../service/api.ts"
import { usePoll } from "../service/use-poll.ts"
import { bytes, duration, time } from "../words/numbers.ts"

/** The target may be far away. */
const everyMs = 60_000

/** What `npx banyan backup list` lists. */
export function Backups() {
  const { value } = usePoll(api.backups, everyMs)
  return (
    <section className="panel" aria-label="Backups">
      <header>
        <h3>Backups</h3>
        {value?.target !== undefined && (
          <span className="quiet clip" dir="auto" title={value.target}>
            {value.target}
          </span>
        )}
      </header>
      {value === undefined ? <p className="quiet">Looking …</p> : <List view={value} />}
    </section>
  )
}

function List({ view: { target, backups, archivedToMs, problem } }: { view: BackupsView }) {
  if (problem !== undefined)
    return (
      <p className="notice bad" dir="auto">
        {problem}
      </p>
    )
  if (target === undefined)
    return (
      <p className="quiet">
        None. <code>data.backup.target</code> says where they would go.
      </p>
    )
  const [first] = backups
  return (
    <>
      <p>{reachWords(first?.endedAtMs, archivedToMs)}</p>
      <ul className="backups">
        {backups.toReversed().map(({ name, endedAtMs, bytes: size, storedBytes, timeline }) => (
          <li key={name}>
            <time dateTime={new Date(endedAtMs).toISOString()} title={name}>
              {time(endedAtMs)}
            </time>
            <span>
              {bytes(size)} <span className="quiet">{bytes(storedBytes)} stored</span>
            </span>
            <span className="quiet">timeline {timeline}</span>
          </li>
        ))}
      </ul>
    </>
  )
}

function reachWords(fromMs: number | undefined, toMs: number | undefined): string {
  if (fromMs === undefined) return "Nothing can be restored yet."
  if (toMs === undefined) return "The backups can be restored, no moment between: no log is archived."
  if (toMs <= fromMs)
    return `The moment ${time(fromMs)} can be restored; later ones once the log since then is archived.`
  return `Any moment from ${time(fromMs)} to ${time(toMs)} (${duration(Math.max(0, Date.now() - toMs))} ago) can be restored.`
}
