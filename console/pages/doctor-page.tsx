import type { Finding } from "banyan/admin"
import { useCallback, useEffect, useState } from "react"
import { api } from "../service/api.ts"

/** What the machine and the folder look like to a service that runs here; each trouble with its fix. */
export function DoctorPage() {
  const [findings, setFindings] = useState<readonly Finding[]>()
  const [problem, setProblem] = useState("")
  const look = useCallback(() => {
    setFindings(undefined)
    setProblem("")
    api.doctor().then(
      view => setFindings(view.findings),
      error => setProblem(String(error.message ?? error)),
    )
  }, [])
  useEffect(look, [look])
  return (
    <>
      <header className="page-head">
        <h2>Doctor</h2>
        <button type="button" onClick={look} disabled={findings === undefined && problem === ""}>
          Look again
        </button>
      </header>
      {problem !== "" && (
        <p className="panel" role="alert">
          {problem}
        </p>
      )}
      <ul className="findings panel" aria-busy={findings === undefined && problem === ""}>
        {findings === undefined && problem === "" && <li className="quiet">Looking …</li>}
        {findings?.map(finding => (
          <Line key={finding.check} finding={finding} />
        ))}
      </ul>
    </>
  )
}

function Line({ finding: { check, level, words, fix } }: { finding: Finding }) {
  return (
    <li data-level={level}>
      <span className={level === "fail" ? "chip failed" : level === "warn" ? "chip running" : "chip"}>
        {level}
      </span>
      <b>{check}</b>
      <div>
        <p className="words" dir="auto">
          {words}
        </p>
        {fix !== undefined && <p className="quiet">{fix}</p>}
      </div>
    </li>
  )
}
