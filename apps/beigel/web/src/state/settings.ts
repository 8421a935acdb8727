import { createKeptStore } from "../store.ts"

export type Language = "en" | "ko"
export type Theme = "light" | "dark"

/** What the reader chose; null follows the system. */
export type Settings = { readonly language: Language | null; readonly theme: Theme | null }

export const settings = createKeptStore<Settings>("beigel.settings", kept => {
  const { language, theme } = (kept ?? {}) as Record<string, unknown>
  return {
    language: language === "en" || language === "ko" ? language : null,
    theme: theme === "light" || theme === "dark" ? theme : null,
  }
})

export function languageOf({ language }: Settings): Language {
  return language ?? (navigator.language.toLowerCase().startsWith("ko") ? "ko" : "en")
}

function apply(): void {
  const root = document.documentElement
  root.lang = languageOf(settings.get())
  const { theme } = settings.get()
  if (theme === null) delete root.dataset["theme"]
  else root.dataset["theme"] = theme
}

settings.subscribe(apply)
apply()
