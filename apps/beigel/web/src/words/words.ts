import type { Failure } from "../api/call.ts"
import { type Language, languageOf, settings } from "../state/settings.ts"
import { useStore } from "../store.ts"
import { en, type Words } from "./en.ts"
import { formatsOf } from "./formats.ts"
import { ko } from "./ko.ts"

export const languages: Readonly<Record<Language, Words>> = { en, ko }

export function useWords(): Words {
  return languages[useStore(settings, languageOf)]
}

/** Numbers, distances and times as the reader's language writes them. */
export function useFormats() {
  return formatsOf(useStore(settings, languageOf))
}

/** Why something did not work, to a person. */
export function reasonOf({ code, message }: Failure, words: Words): string {
  return words.problem[code] ?? (words === en ? message : words.problem["unknown"]!)
}
