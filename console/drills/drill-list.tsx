import type { DrillView } from "banyan/admin"
import { actions, Figure, numbers, Table } from "../frame/table.tsx"

const columns = [
  ...["drill", "what it claims"],
  numbers("short form", "The short form, as measured on two processors"),
  actions,
]

type Props = {
  readonly drills: readonly DrillView[]
  readonly isBusy: boolean
  readonly onStart: (name: string, short: boolean) => void
}

export function DrillList({ drills, isBusy, onStart }: Props) {
  return (
    <Table label="Drills" columns={columns} className="drills folding">
      {drills.map(({ name, claim, needs, shortSeconds }) => (
        <tr key={name}>
          <td>
            <b>{name}</b>
          </td>
          <td className="wrap">
            {claim}
            {needs !== undefined && <p className="quiet">needs {needs}</p>}
          </td>
          <Figure of="short form">{shortSeconds !== undefined && `about ${shortSeconds} s`}</Figure>
          <td>
            <div className="acts">
              <button
                type="button"
                className="small"
                disabled={isBusy}
                aria-label={`Run short: ${name}`}
                onClick={() => onStart(name, true)}
              >
                Run short
              </button>
              <button
                type="button"
                className="small"
                disabled={isBusy}
                title="Up to half an hour"
                aria-label={`In full: ${name}`}
                onClick={() => onStart(name, false)}
              >
                In full
              </button>
            </div>
          </td>
        </tr>
      ))}
    </Table>
  )
}
