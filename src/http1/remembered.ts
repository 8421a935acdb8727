/** A power of two: so many results are held at most. */
const placeCount = 1024
const maxTextLength = 64

type Held<Result> = { readonly text: string; readonly result: Result }

/**
 * A pure function of texts that come again and again (field names, hosts, status lines), worked out once for each.
 * Peers choose the texts, so what they can make us hold is bounded: each text has one place in a table, which the next
 * one that falls there takes, and long texts are not kept. A Map would first work out the hash of every freshly read
 * text, at three times the cost of telling by four of its characters where to look and comparing what is there.
 */
export function remembered<Result extends object | boolean | string>(
  work: (text: string) => Result,
): (text: string) => Result {
  const table: Array<Held<Result> | undefined> = new Array(placeCount).fill(undefined)
  return text => {
    const place = placeOf(text)
    const held = table[place]
    if (held !== undefined && held.text === text) return held.result
    if (text.length > maxTextLength) return work(text)
    const own = ownText(text)
    const result = work(own)
    table[place] = { text: own, result }
    return result
  }
}

function placeOf(text: string): number {
  const { length } = text
  if (length === 0) return 0
  const ends = text.charCodeAt(0) + 7 * text.charCodeAt(length - 1)
  const middle = 31 * text.charCodeAt(length >> 1) + 131 * text.charCodeAt((length * 3) >> 2)
  return (ends + middle + 61 * length) % placeCount
}

/** For what is kept: a part of a string holds on to the whole, and here that would be the head it was cut from. */
export function ownText(text: string): string {
  return Buffer.from(text, "utf16le").toString("utf16le")
}
