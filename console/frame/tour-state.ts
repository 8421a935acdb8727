import { Store } from "../service/store.ts"
import { useStore } from "../service/use-store.ts"
import { go } from "./router.ts"

/** What a newcomer is shown, each where it can be tried at once. */
export const tour = [
  {
    path: "/",
    title: "The way of a request",
    words: "From left to right, as a request goes. Each card is a process; press one to see all of it.",
  },
  {
    path: "/",
    title: "Start load",
    words: "Requests leave on time and are never repeated. The number of failed ones above should stay at 0.",
  },
  {
    path: "/ladder",
    title: "Grow",
    words: "One stage up, under that load. What will be done is shown before it is, and ticks as it happens.",
  },
  {
    path: "/",
    title: "Kill something",
    words: "Press a card, then Kill. Watch who takes its place, and what that costs.",
  },
  {
    path: "/timeline",
    title: "Read what happened",
    words:
      "Plans, deaths, promotions, with every step. Ctrl K goes anywhere; ? lists the keys, and this tour.",
  },
] as const

const key = "banyan-tour"
const step = new Store(localStorage.getItem(key) === null ? 0 : undefined)

/** Which step is shown; undefined when it is over. */
export function useTourStep(): number | undefined {
  return useStore(step)
}

/** Shows this step, on its page; past the last one it is over, and does not come by itself again. */
export function showTour(next: number | undefined): void {
  const shown = next === undefined ? undefined : tour[next]
  if (shown === undefined) localStorage.setItem(key, "done")
  else go(shown.path)
  step.set(shown && next)
}
