import type { ReactNode } from "react"

/** The heading of a view. It takes the focus when the view is gone to, and names the browser's tab. */
export function Heading({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="heading">
      <title>{`${title} · Beigel`}</title>
      <h1 tabIndex={-1} dir="auto">
        {title}
      </h1>
      {children}
    </div>
  )
}
