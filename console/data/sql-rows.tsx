import type { SqlAnswer } from "banyan/admin"
import { count, duration } from "../words/numbers.ts"

/** A browser draws so many at once; a statement may have 1,600 columns. */
const mostCells = 20_000
const mostColumns = 200
const longestTitle = 2_000

/** What came back, as texts. */
export function SqlRows({ answer }: { answer: SqlAnswer }) {
  const columns = answer.columns.slice(0, mostColumns)
  const rows = answer.rows.slice(0, Math.floor(mostCells / Math.max(1, columns.length)))
  return (
    <>
      <p className="quiet answer-words">{wordsOf(answer, rows.length, columns.length)}</p>
      {columns.length > 0 && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what is wider than the screen is scrolled by keys
        <section className="scroll answer" aria-label="Answer" tabIndex={0}>
          <table>
            <thead>
              <tr>
                {columns.map(({ name, type }, at) => (
                  // biome-ignore lint/suspicious/noArrayIndexKey: names of columns may come twice
                  <th key={at} dir="auto">
                    {name} <span className="type">{type}</span>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row, at) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place
                <tr key={at}>
                  {row.slice(0, mostColumns).map((cell, column) => (
                    // biome-ignore lint/suspicious/noArrayIndexKey: a cell is its place
                    <Cell key={column} cell={cell} />
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      )}
    </>
  )
}

function Cell({ cell }: { cell: string | null }) {
  if (cell === null) return <td className="quiet">null</td>
  return (
    <td dir="auto" title={cell.slice(0, longestTitle)}>
      {cell.slice(0, longestTitle)}
    </td>
  )
}

function wordsOf(answer: SqlAnswer, rows: number, columns: number): string {
  const { instance, role, tookMs, cutBy } = answer
  const came = `${count(answer.rows.length)} ${answer.rows.length === 1 ? "row" : "rows"}`
  const more =
    cutBy === "rows" ? ", and there are more" : cutBy === "bytes" ? "; the answer was longer than 1 MiB" : ""
  const shown =
    rows < answer.rows.length || columns < answer.columns.length
      ? `; shown are ${count(rows)} rows of ${count(columns)} columns`
      : ""
  return `${came}${more}${shown} · ${instance} (${role}) · ${duration(tookMs)}`
}
