import type { DatabaseServerView, DataTierView, InstanceView } from "banyan/admin"
import { Link } from "../frame/link.tsx"
import { Figure, numbers, Table } from "../frame/table.tsx"
import { useInstance } from "../service/live.ts"
import { bytes, count, duration } from "../words/numbers.ts"

const columns = [
  ...["database", "role"],
  ...["timeline", "behind", "size"].map(title => numbers(title)),
  numbers("connections", "Connections there are, of those the server takes"),
  numbers("running"),
  "version",
]

/** Every server as it says itself; how far a replica is behind also from what its host sees. */
export function Servers({ data }: { data: DataTierView }) {
  return (
    <div>
      <Table label="Databases" columns={columns} className="servers folding">
        {data.servers.map(server => (
          <Row key={server.id} server={server} budget={data.connectionBudget} />
        ))}
      </Table>
      {data.servers.length === 0 && <p className="quiet">No database runs.</p>}
    </div>
  )
}

function Row({ server, budget }: { server: DatabaseServerView; budget: number }) {
  const { id, role, problem, timeline, sizeBytes, connections, running, version } = server
  const instance = useInstance(id)
  const name =
    instance === undefined ? <span dir="auto">{id}</span> : <Link href={`/instances/${id}`}>{id}</Link>
  if (problem !== undefined)
    return (
      <tr>
        <td>{name}</td>
        <td colSpan={columns.length - 1} className="wrap">
          <span className="chip failed">no answer</span> <span dir="auto">{problem}</span>
        </td>
      </tr>
    )
  return (
    <tr>
      <td>{name}</td>
      <td>
        <span className={role === "primary" ? "chip" : "chip still"}>{role}</span>
      </td>
      <Figure of="timeline">{timeline}</Figure>
      <Figure of="behind">{role === "replica" && lagWords(server, instance)}</Figure>
      <Figure of="size">{sizeBytes !== undefined && bytes(sizeBytes)}</Figure>
      <Figure of="connections">{connections && <Connections {...connections} budget={budget} />}</Figure>
      <Figure of="running">{running && count(running.length)}</Figure>
      <td className="quiet">{version}</td>
    </tr>
  )
}

function Connections({ used, most, budget }: { used: number; most: number; budget: number }) {
  const title = `${used} of the ${most} the server takes; web instances may have ${budget} together`
  return (
    <span className="gauge" title={title}>
      <meter min={0} max={most} high={budget} value={used} aria-label={title} />
      {count(used)} of {count(budget)}
    </span>
  )
}

function lagWords(server: DatabaseServerView, instance: InstanceView | undefined): string {
  const seen = instance?.database
  if (seen?.streaming === false) return "does not follow"
  const { lagBytes, lagMs } = seen?.lagBytes === undefined ? server : seen
  const parts = [lagBytes === undefined ? "" : bytes(lagBytes), lagMs === undefined ? "" : duration(lagMs)]
  return parts.filter(part => part !== "").join(" · ") || "–"
}
