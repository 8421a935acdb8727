export type Command = {
  readonly title: string
  /** A second, quieter line. */
  readonly hint: string
  readonly run: () => void
}

/** Those that hold every letter of the text in order; the ones where they stand closest together come first. */
export function matching<T extends Pick<Command, "title" | "hint">>(
  commands: readonly T[],
  text: string,
): T[] {
  const wanted = text.toLowerCase().replace(/\s+/g, "")
  if (wanted === "") return [...commands]
  return commands
    .map(command => ({
      command,
      spread: Math.min(
        spreadOf(command.title, wanted),
        spreadOf(`${command.title} ${command.hint}`, wanted) + 8,
      ),
    }))
    .filter(({ spread }) => spread < Number.POSITIVE_INFINITY)
    .sort((a, b) => a.spread - b.spread)
    .map(({ command }) => command)
}

/** How far the letters are apart; a beginning counts less than a middle. */
function spreadOf(text: string, wanted: string): number {
  const lower = text.toLowerCase()
  let best = Number.POSITIVE_INFINITY
  for (let start = lower.indexOf(wanted[0]!); start !== -1; start = lower.indexOf(wanted[0]!, start + 1)) {
    let at = start
    for (const letter of wanted.slice(1)) {
      at = lower.indexOf(letter, at + 1)
      if (at === -1) return best
    }
    best = Math.min(best, at - start + Math.min(start, 4))
  }
  return best
}
