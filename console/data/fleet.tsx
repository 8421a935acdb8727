import type { DatabasesView } from "banyan/admin"
import { Facts } from "../frame/facts.tsx"
import { useView } from "../service/live.ts"
import { duration, time } from "../words/numbers.ts"

/** What commits wait for, and how the primary came to its place. */
export function Fleet() {
  const databases = useView(({ state }) => state.databases)
  return (
    <section className="panel" aria-label="Together">
      <header>
        <h3>Together</h3>
      </header>
      {databases === undefined ? (
        <p className="quiet">
          One database, and nobody was ever promoted. From stage <i>replicated</i> on replicas follow it and
          take its place.
        </p>
      ) : (
        <Known databases={databases} />
      )}
    </section>
  )
}

function Known({ databases }: { databases: DatabasesView }) {
  const { primary, timeline, quorum, isPaused, promotion, refused } = databases
  const { members, acks, isSettled, following = acks } = quorum
  const replicas = members.filter(id => id !== primary)
  const waits = acks > following
  return (
    <>
      {waits && (
        <p className="notice bad">
          Writes wait: commits want {acks} of {replicas.join(", ")}, and {following} of them follow.
        </p>
      )}
      {refused !== undefined && (
        <p className="notice bad" dir="auto">
          {refused.former} is lost, and nobody may take its place: {refused.reason}
        </p>
      )}
      <Facts
        facts={[
          ["primary", `${primary}, timeline ${timeline}${isPaused === true ? ", writes are paused" : ""}`],
          [
            "commits",
            `${acks === 0 ? "wait for no replica" : `wait for ${acks} of ${replicas.join(", ")}`}${isSettled ? "" : ", being changed"}`,
          ],
          [
            promotion?.why === "switch-over" ? "last switch" : "last failover",
            promotion && <Promoted promotion={promotion} />,
          ],
        ]}
      />
    </>
  )
}

function Promoted({ promotion }: { promotion: NonNullable<DatabasesView["promotion"]> }) {
  const { id, former, atMs, parts } = promotion
  return (
    <>
      {id} in place of {former}, {time(atMs)}
      <Parts parts={parts} />
    </>
  )
}

/** Where the milliseconds of a promotion went. */
function Parts({ parts }: { parts: Readonly<Record<string, number>> }) {
  const most = Math.max(1, ...Object.values(parts))
  return (
    <ul className="parts">
      {Object.entries(parts).map(([name, ms]) => (
        <li key={name}>
          <span className="quiet">{wordsOf(name)}</span>
          <meter min={0} max={most} value={ms} aria-label={wordsOf(name)} />
          <span className="number">{duration(ms)}</span>
        </li>
      ))}
    </ul>
  )
}

/** `fenceMs` -> `fence`, `lastRecordMs` -> `last record`. */
function wordsOf(name: string): string {
  return name.replace(/Ms$/, "").replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`)
}
