/** What a client, an app or a table chose, without what a terminal would obey: on one line, in one direction. */
export function printable(text: string): string {
  return text.replace(/\p{C}/gu, "\u{fffd}")
}
