import type { InstanceView } from "banyan/admin"
import { Link } from "../frame/link.tsx"
import { useParam } from "../frame/router.ts"
import { ActButtons } from "../picture/inspector.tsx"
import { useView } from "../service/live.ts"
import { cores, count, duration, megabytes, rate } from "../words/numbers.ts"

/** The same as the picture, as a table. */
export function InstancesPage() {
  const instances = useView(({ state }) => state.instances)
  const [text, setText] = useParam("q")
  const found = instances.filter(each =>
    `${each.id} ${each.tier} ${each.role} ${each.state}`.includes(text.toLowerCase()),
  )
  return (
    <>
      <header className="page-head">
        <h2>Instances</h2>
        <input
          type="search"
          aria-label="Find instances"
          placeholder="web, draining …"
          value={text}
          onChange={event => setText(event.target.value)}
        />
      </header>
      <section className="scroll" aria-label="Instances">
        <table>
          <thead>
            <tr>
              <th>instance</th>
              <th>role</th>
              <th>state</th>
              <th className="number">requests</th>
              <th className="number">under way</th>
              <th className="number">cpu</th>
              <th className="number">memory</th>
              <th className="number">runs for</th>
              <th className="number">served</th>
              <th>version</th>
              <th>
                <span className="hidden">actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {found.map(instance => (
              <Row key={instance.id} instance={instance} />
            ))}
          </tbody>
        </table>
      </section>
      {found.length === 0 && <p className="quiet">Nobody is like that.</p>}
    </>
  )
}

function Row({ instance }: { instance: InstanceView }) {
  const { id, role, state, progress, startedAtMs, requests, version, tier } = instance
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
          <span className="dot" data-state={state} />
          {progress ?? state}
        </span>
      </td>
      <td className="number">{serves && sample ? `${rate(sample.requestsPerSecond)}/s` : ""}</td>
      <td className="number">{serves && sample ? sample.outstanding : ""}</td>
      <td className="number">{sample?.cpu === undefined ? "" : cores(sample.cpu)}</td>
      <td className="number">{sample?.memoryMb === undefined ? "" : megabytes(sample.memoryMb)}</td>
      <td className="number">{duration(Date.now() - startedAtMs)}</td>
      <td className="number">{serves ? count(requests) : ""}</td>
      <td className="clip" dir="auto">
        {version}
      </td>
      <td className="acts">
        <ActButtons id={id} acts={["restart", "kill"]} />
      </td>
    </tr>
  )
}
