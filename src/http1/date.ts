let lastSecond = Number.NaN
let lastText = ""

/** A moment as HTTP writes it (RFC 9110 section 5.6.7); made once a second, as every answer has one. */
export function httpDate(nowMs: number): string {
  const second = Math.floor(nowMs / 1_000)
  if (second !== lastSecond) {
    lastSecond = second
    lastText = new Date(second * 1_000).toUTCString()
  }
  return lastText
}
