import { Link } from "../frame/link.tsx"
import { logsAt } from "../logs/filter.ts"
import { useView } from "../service/live.ts"
import { count } from "../words/numbers.ts"

/** How many errors are in its log of the last minute; leads to them. */
export function ErrorBadge({ id }: { id: string }) {
  const errors = useView(({ state }) => state.instances.find(each => each.id === id)?.errorsLastMinute ?? 0)
  if (errors === 0) return null
  return (
    <Link className="errors" href={logsAt({ of: id, level: "error" })} title="In its log, in the last minute">
      {count(errors)} {errors === 1 ? "error" : "errors"}
      <span className="hidden"> in the log of {id}</span>
    </Link>
  )
}
