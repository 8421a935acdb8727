import type { StateView } from "../../../wire/admin.ts"

/** Who runs under another pid than before, or not any more. `except`: who was meant to. */
export function restartViolations(
  before: StateView,
  after: StateView,
  except: readonly string[] = [],
): string[] {
  const pids = (state: StateView) =>
    new Map([
      ...state.instances.map(({ id, pid }) => [id, pid] as const),
      ["supervisor", state.supervisor.pid],
    ])
  const now = pids(after)
  return [...pids(before)]
    .filter(([id, pid]) => !except.includes(id) && now.get(id) !== pid)
    .map(([id]) => `${id} was restarted`)
}

/** The plan nobody had asked for, if there was one. */
export function repairViolations(before: StateView, after: StateView): string[] {
  const { lastPlan } = after
  return lastPlan === null || lastPlan.id === before.lastPlan?.id
    ? []
    : [`something had to be mended: ${lastPlan.trigger}`]
}
