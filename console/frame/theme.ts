import { useSyncExternalStore } from "react"

/** `system` follows the machine; the choice is kept in this browser. */
export const themes = ["system", "light", "dark"] as const
export type Theme = (typeof themes)[number]
const key = "banyan-theme"
const listeners = new Set<() => void>()
const dark = matchMedia("(prefers-color-scheme: dark)")

function theme(): Theme {
  const kept = localStorage.getItem(key)
  return themes.find(each => each === kept) ?? "system"
}

export function applyTheme(): void {
  const chosen = theme()
  document.documentElement.dataset["theme"] = chosen === "system" ? (dark.matches ? "dark" : "light") : chosen
  for (const listener of listeners) listener()
}

export function nextTheme(): void {
  localStorage.setItem(key, themes[(themes.indexOf(theme()) + 1) % themes.length]!)
  applyTheme()
}

dark.addEventListener("change", applyTheme)

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => listeners.delete(listener)
}
export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, theme)
}
/** What is shown: charts are drawn with its colours. */
export function useShownTheme(): string {
  return useSyncExternalStore(subscribe, () => document.documentElement.dataset["theme"] ?? "light")
}
