import type { InstanceView } from "banyan/admin"
import { ActButtons } from "../actions/act-buttons.tsx"
import { Link } from "../frame/link.tsx"
import { useParam } from "../frame/router.ts"
import { SearchField } from "../frame/search-field.tsx"
import { actions, Figure, numbers, Table } from "../frame/table.tsx"
import { Condition } from "../picture/condition.tsx"
import { conditionOf } from "../picture/condition-of.ts"
import { ErrorBadge } from "../picture/error-badge.tsx"
import { useView } from "../service/live.ts"
import { cores, count, duration, megabytes, rate } from "../words/numbers.ts"

const columns = [
  ...["instance", "role", "state"],
  ...["requests", "under way", "cpu", "memory", "runs for", "served"].map(title => numbers(title)),
  "version",
  actions,
]

/** The same as the picture, as a table. */
export function InstancesPage() {
  const instances = useView(({ state }) => state.instances)
  const [text] = useParam("q")
  const found = instances.filter(each =>
    `${each.id} ${each.tier} ${each.role} ${each.state}`.includes(text.toLowerCase()),
  )
  return (
    <>
      <header className="page-head">
        <h2>Instances</h2>
        <SearchField label="Find instances" placeholder="web, draining …" />
      </header>
      <Table label="Instances" columns={columns} className="folding">
        {found.map(instance => (
          <Row key={instance.id} instance={instance} />
        ))}
      </Table>
      {found.length === 0 && <p className="quiet">Nobody is like that.</p>}
    </>
  )
}

function Row({ instance }: { instance: InstanceView }) {
  const { id, role, startedAtMs, requests, version, tier } = instance
  const sample = useView(({ instances }) => instances[id])
  const serves = tier !== "data"
  return (
    <tr>
      <td>
        <Link href={`/instances/${id}`}>{id}</Link>
      </td>
      <td>{role}</td>
      <td>
        <span className="with-dot">
          <span className="dot" data-state={conditionOf(instance)} />
          <Condition instance={instance} words={instance.progress} />
          <ErrorBadge id={id} />
        </span>
      </td>
      <Figure of="requests">{serves && sample && `${rate(sample.requestsPerSecond)}/s`}</Figure>
      <Figure of="under way">{serves && sample?.outstanding}</Figure>
      <Figure of="cpu">{sample?.cpu !== undefined && cores(sample.cpu)}</Figure>
      <Figure of="memory">{sample?.memoryMb !== undefined && megabytes(sample.memoryMb)}</Figure>
      <Figure of="runs for">{duration(Date.now() - startedAtMs)}</Figure>
      <Figure of="served">{serves && count(requests)}</Figure>
      <td className="clip" dir="auto">
        {serves && version}
      </td>
      <td>
        <div className="acts">
          <ActButtons instance={instance} />
        </div>
      </td>
    </tr>
  )
}
