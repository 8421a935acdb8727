import type { DataTierView } from "banyan/admin"
import { RefusalNotice } from "../actions/refusal-notice.tsx"
import { Backups } from "../data/backups.tsx"
import { Fleet } from "../data/fleet.tsx"
import { Servers } from "../data/servers.tsx"
import { SqlBox } from "../data/sql-box.tsx"
import { Statements } from "../data/statements.tsx"
import { api } from "../service/api.ts"
import { usePoll } from "../service/use-poll.ts"

const everyMs = 3_000

/** The databases: who is what, how far behind, what is slow, what can be restored; and a question to one of them. */
export function DataPage() {
  const { value: data, error } = usePoll(api.data, everyMs)
  return (
    <>
      <header className="page-head">
        <h2>Data</h2>
        {data && <span className="quiet">{engineWords(data)}</span>}
      </header>
      {error !== undefined && <RefusalNotice error={error} />}
      {data === undefined && error === undefined && <p className="quiet">Asking the databases …</p>}
      {data !== undefined && (data.engine === "none" ? <NoData /> : <Tier data={data} />)}
    </>
  )
}

function Tier({ data }: { data: DataTierView }) {
  return (
    <div className="stack">
      <Servers data={data} />
      <div className="columns">
        <Fleet />
        <Backups />
      </div>
      <Statements servers={data.servers} />
      <SqlBox data={data} />
    </div>
  )
}

function NoData() {
  return (
    <p className="panel">
      This service has no database: <code>data.engine</code> says <code>none</code>.
    </p>
  )
}

function engineWords({ engine }: DataTierView): string {
  if (engine === "external") return "a Postgres of your own; figures are those that it tells this role"
  return engine === "embedded" ? "Postgres, started and looked after by Banyan" : ""
}
