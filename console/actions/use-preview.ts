import type { PlanView, Preview } from "banyan/admin"
import { useEffect, useState } from "react"
import { api } from "../service/api.ts"

/** What would be done, as it is when the question is asked. `setError`: why it could not be done after all. */
export function usePreview(asked: Preview) {
  const [plan, setPlan] = useState<PlanView>()
  const [error, setError] = useState<unknown>()
  const key = JSON.stringify(asked)
  useEffect(() => {
    api.preview(JSON.parse(key)).then(setPlan, setError)
  }, [key])
  return { plan, error, setError }
}
