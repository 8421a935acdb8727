import { Store } from "../service/store.ts"
import { useStore } from "../service/use-store.ts"

/** `system` follows the machine; the choice is kept in this browser. */
export const themes = ["system", "light", "dark"] as const
export type Theme = (typeof themes)[number]
const key = "banyan-theme"
const dark = matchMedia("(prefers-color-scheme: dark)")
const chosen = new Store<Theme>(themes.find(each => each === localStorage.getItem(key)) ?? "system")
const shown = new Store<"light" | "dark">("light")

export function applyTheme(): void {
  const theme = chosen.get()
  const look = theme === "system" ? (dark.matches ? "dark" : "light") : theme
  document.documentElement.dataset["theme"] = look
  shown.set(look)
}

export function nextTheme(): void {
  const next = themes[(themes.indexOf(chosen.get()) + 1) % themes.length]!
  localStorage.setItem(key, next)
  chosen.set(next)
  applyTheme()
}

dark.addEventListener("change", applyTheme)

export function useTheme(): Theme {
  return useStore(chosen)
}

/** What is shown: charts are drawn with its colours. */
export function useShownTheme(): string {
  return useStore(shown)
}
