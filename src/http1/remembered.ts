const maxTexts = 1024
const maxTextLength = 64

/**
 * A pure function of texts that come again and again (field names, hosts, status lines), worked out once for each.
 * Peers choose the texts, so what they can make us hold is bounded: a full table starts anew, long texts are not kept.
 */
export function remembered<Result extends object | boolean | string>(
  work: (text: string) => Result,
): (text: string) => Result {
  const results = new Map<string, Result>()
  return text => {
    const known = results.get(text)
    if (known !== undefined) return known
    if (text.length > maxTextLength) return work(text)
    const own = ownText(text)
    const result = work(own)
    if (results.size >= maxTexts) results.clear()
    results.set(own, result)
    return result
  }
}

/** For what is kept: a part of a string holds on to the whole, and here that would be the head it was cut from. */
export function ownText(text: string): string {
  return Buffer.from(text, "utf16le").toString("utf16le")
}
