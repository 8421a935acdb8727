import type { ReactNode } from "react"

export type Column = {
  readonly title: string
  readonly isNumber?: boolean
  /** More of it, for whoever points at it. */
  readonly words?: string
  /** Said to those alone who do not see the page. */
  readonly isHidden?: boolean
}

export function numbers(title: string, words?: string): Column {
  return { title, isNumber: true, ...(words !== undefined && { words }) }
}

export const actions: Column = { title: "actions", isHidden: true }

type Props = {
  readonly label: string
  readonly columns: readonly (string | Column)[]
  readonly className?: string
  readonly children: ReactNode
}

/** What is wider than the screen is scrolled sideways, by keys as well. */
export function Table({ label, columns, className, children }: Props) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by keys
    <section className="scroll" aria-label={label} tabIndex={0}>
      <table className={className}>
        <thead>
          <tr>
            {columns.map(column => (
              <Head key={titleOf(column)} column={typeof column === "string" ? { title: column } : column} />
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </section>
  )
}

function Head({ column: { title, isNumber, words, isHidden } }: { column: Column }) {
  return (
    <th className={isNumber ? "number" : undefined} title={words}>
      {isHidden ? <span className="hidden">{title}</span> : title}
    </th>
  )
}

/** A cell of numbers; `of` is its column's title, for where there is no room for columns. */
export function Figure({ of, children }: { of: string; children: ReactNode }) {
  return (
    <td className="number" data-name={of}>
      {children}
    </td>
  )
}

function titleOf(column: string | Column): string {
  return typeof column === "string" ? column : column.title
}
