import { Refusal } from "../service/api.ts"

/** Why something was not done, and what to do. */
export function RefusalNotice({ error }: { error: unknown }) {
  const known = error instanceof Refusal
  return (
    <div className="notice bad" role="alert">
      <p>{known ? error.message : "The control plane does not answer. The service itself serves on."}</p>
      {known && error.todo !== "" && <p className="quiet">{error.todo}</p>}
      {known && error.code !== "" && <code>{error.code}</code>}
    </div>
  )
}
