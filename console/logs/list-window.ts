/** The rows of a long list that are drawn: those in sight and some around them. */
export type ListWindow = { readonly first: number; readonly end: number }

const beyond = 12

/** Of `count` rows of one height, in a view that is scrolled to `top`. */
export function windowOf(count: number, rowHeight: number, top: number, viewHeight: number): ListWindow {
  const first = Math.max(0, Math.min(Math.floor(top / rowHeight) - beyond, count))
  return { first, end: Math.min(count, Math.ceil((top + viewHeight) / rowHeight) + beyond) }
}

/** Where a scroll leaves the list: at its end it sticks, upwards it lets go. */
export function followsAfter(
  follows: boolean,
  before: number,
  { top, viewHeight, height }: { top: number; viewHeight: number; height: number },
): boolean {
  const isAtEnd = height - top - viewHeight <= 2
  if (isAtEnd) return top >= before || follows
  return follows && top >= before - 1
}
