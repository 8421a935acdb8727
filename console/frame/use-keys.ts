import { useEffect } from "react"
import { Chords } from "./chords.ts"
import { go } from "./router.ts"
import { nextTheme } from "./theme.ts"

/** Listens to the keys of the whole page. `/` goes to the page's own field of search, where there is one. */
export function useKeys(open: (what: "palette" | "help") => void): void {
  useEffect(() => {
    const chords = new Chords()
    const listen = (event: KeyboardEvent) => {
      const field =
        event.target instanceof HTMLElement &&
        event.target.closest("input, textarea, select, [contenteditable]")
      const intent = chords.press({
        key: event.key,
        withCommand: event.metaKey || event.ctrlKey,
        inField: field !== null && field !== false,
        atMs: event.timeStamp,
      })
      if (intent === undefined || event.altKey) return
      const search = document.querySelector<HTMLInputElement>("main [type=search]")
      if (intent.type === "go") go(intent.path)
      else if (intent.type === "theme") nextTheme()
      else if (intent.type === "search" && search !== null) search.focus()
      else if (intent.type === "help" || intent.type === "palette") open(intent.type)
      else return
      event.preventDefault()
    }
    window.addEventListener("keydown", listen)
    return () => window.removeEventListener("keydown", listen)
  }, [open])
}
