/** The candidate that `word` was most probably meant to be, or undefined when none is near. */
export function closestWord(word: string, candidates: readonly string[]): string | undefined {
  // Two letters swapped cost two; a word of two letters must not match every other one.
  const tolerance = Math.min(word.length - 1, Math.max(2, Math.floor(word.length / 3)))
  let closest: string | undefined
  let least = tolerance + 1
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase())
    if (distance < least) {
      least = distance
      closest = candidate
    }
  }
  return closest
}

/** Insertions, deletions and replacements between two words (Levenshtein), row by row. */
function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const replaced = previous[column - 1]! + (a[row - 1] === b[column - 1] ? 0 : 1)
      current.push(Math.min(replaced, previous[column]! + 1, current[column - 1]! + 1))
    }
    previous = current
  }
  return previous[b.length]!
}
