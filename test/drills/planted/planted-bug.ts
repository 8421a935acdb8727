import { readFileSync } from "node:fs"

/**
 * A mistake somebody could make in the product, as data: nothing in the product knows of it. One text of one file is
 * replaced when a process of a drill's service loads that file.
 */
export type PlantedBug = {
  /** What is wrong, as a sentence about the product. */
  readonly words: string
  /** From the root of the checkout. */
  readonly file: string
  /** Stands exactly once in the file. */
  readonly find: string
  readonly replace: string
  /**
   * The drill that must catch it, in its short form, up to its first violation; or, where it takes more than a drill's
   * clients to see it, a test file from the root of the checkout (`.test.ts`).
   */
  readonly caughtBy: string
  /** Only its episodes, or tests, with this in their names: so that a minute is enough. */
  readonly only?: string
  /** The drill's full form: what is seen in one round of a few is seen in twenty. */
  readonly full?: true
  /** What the drill must say of it. */
  readonly caughtAs: RegExp
}

const root = new URL("../../../", import.meta.url)

export function fileUrlOf({ file }: Pick<PlantedBug, "file">): URL {
  return new URL(file, root)
}

export function isTest(caughtBy: string): boolean {
  return caughtBy.endsWith(".test.ts")
}

export function sourceOf(bug: PlantedBug): string {
  return readFileSync(fileUrlOf(bug), "utf8")
}

/** The file's text with the bug in it. Throws when there is not exactly one place for it. */
export function withBug({ file, find, replace }: PlantedBug, source: string): string {
  const places = source.split(find).length - 1
  if (places !== 1) throw new Error(`the bug cannot be planted: its text stands ${places} times in ${file}`)
  return source.replace(find, () => replace)
}
