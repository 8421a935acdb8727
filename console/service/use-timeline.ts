import type { TimelineView } from "banyan/admin"
import { api } from "./api.ts"
import { useReread } from "./use-reread.ts"

const telling: ReadonlySet<string> = new Set(["plan", "gone", "databases", "fault", "gap"])

/** What happened, read anew when something more did. */
export function useTimeline(): TimelineView | undefined {
  return useReread(api.timeline, telling)
}
