import type { PlanView } from "../../wire/admin.ts"
import type { ServiceMap } from "../../wire/map.ts"
import type { JournalEntry } from "./journal.ts"
import type { JournalRecord, PlanStart } from "./journal-record.ts"

/** What a journal says when it is read from the start to its end. */
export type JournalState = {
  /** 0 when none. */
  readonly term: number
  readonly map: ServiceMap | undefined
  /** Begun and not ended. */
  readonly unfinished: { readonly start: PlanStart; readonly undoing: UndoReason | undefined } | undefined
  readonly lastPlan: PlanView | undefined
}

type UndoReason = Extract<JournalRecord, { type: "plan-undoing" }>["error"]

export function foldJournal(entries: readonly JournalEntry[]): JournalState {
  let state: JournalState = { term: 0, map: undefined, unfinished: undefined, lastPlan: undefined }
  for (const { record } of entries) state = foldRecord(state, record)
  return state
}

function foldRecord(state: JournalState, record: JournalRecord): JournalState {
  switch (record.type) {
    case "term-start":
      return { ...state, term: Math.max(state.term, record.term) }
    case "map":
      return { ...state, map: record.map, term: Math.max(state.term, record.epoch.term) }
    case "plan-start":
      return { ...state, unfinished: { start: record, undoing: undefined } }
    case "plan-undoing":
      return state.unfinished?.start.plan.id === record.plan
        ? { ...state, unfinished: { start: state.unfinished.start, undoing: record.error } }
        : state
    case "plan-end":
      return {
        ...state,
        lastPlan: record.view,
        unfinished: state.unfinished?.start.plan.id === record.plan ? undefined : state.unfinished,
      }
    default:
      return state
  }
}

/** The few records that say the same as a whole journal. */
export function condense(state: JournalState, atMs: number): JournalRecord[] {
  const records: JournalRecord[] = []
  if (state.term > 0) records.push({ type: "term-start", term: state.term, atMs })
  if (state.map !== undefined) records.push({ type: "map", epoch: state.map.epoch, map: state.map })
  if (state.lastPlan !== undefined) {
    const { id, state: ended } = state.lastPlan
    const end = ended === "done" || ended === "undone" ? ended : "failed"
    records.push({ type: "plan-end", plan: id, state: end, view: state.lastPlan })
  }
  if (state.unfinished !== undefined) {
    const { start, undoing } = state.unfinished
    records.push(start)
    if (undoing !== undefined) records.push({ type: "plan-undoing", plan: start.plan.id, error: undoing })
  }
  return records
}
