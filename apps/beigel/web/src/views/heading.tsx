import { type ReactNode, useEffect, useRef } from "react"
import { arrives } from "../router.tsx"

/** The heading of a view. It takes the focus when the view is gone to, and names the browser's tab. */
export function Heading({ title, children }: { title: string; children?: ReactNode }) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    if (arrives()) heading.current!.focus({ preventScroll: true })
  }, [])
  return (
    <div className="heading">
      <title>{`${title} · Beigel`}</title>
      <h1 ref={heading} tabIndex={-1} dir="auto">
        {title}
      </h1>
      {children}
    </div>
  )
}
