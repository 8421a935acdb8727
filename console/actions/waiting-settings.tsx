import { api } from "../service/api.ts"
import { useReread } from "../service/use-reread.ts"

const never: ReadonlySet<string> = new Set()

/** What stands in the file and no change takes up: it is named where one might wait for it. */
export function WaitingSettings() {
  const waiting = useReread(api.config, never)?.fields.filter(({ waits }) => waits) ?? []
  if (waiting.length === 0) return null
  return (
    <p className="notice">
      Changed since the start, and taken up by the next one only:{" "}
      {waiting.map(({ path }) => path.replaceAll("/", ".")).join(", ")}. When it may be away for a moment:{" "}
      <code>npx banyan down</code>, then <code>npx banyan up</code>.
    </p>
  )
}
