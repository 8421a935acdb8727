/** The character classes of RFC 9110 section 5.6, as tables over bytes. */

const tokenTable = table(
  "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".split(""),
)

/** 1 for what may stand inside a line of a head: HTAB, SP, visible ASCII and obs-text. */
export const lineTable = new Uint8Array(256).map((_, byte) =>
  byte === 0x09 || (byte >= 0x20 && byte !== 0x7f) ? 1 : 0,
)

/** The value of a hexadecimal digit, 255 for other bytes. */
export const hexTable = new Uint8Array(256).map((_, byte) => {
  const value = Number.parseInt(String.fromCharCode(byte), 16)
  return Number.isNaN(value) ? 255 : value
})

function table(characters: string[]): Uint8Array {
  const bits = new Uint8Array(256)
  for (const character of characters) bits[character.charCodeAt(0)] = 1
  return bits
}

export function isToken(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    if (tokenTable[text.charCodeAt(at)] !== 1) return false
  }
  return text.length > 0
}

/** Visible ASCII only: what a request-target is made of. Of `text`, or of a part of it that is not cut out yet. */
export function isVisible(text: string, from = 0, to: number = text.length): boolean {
  for (let at = from; at < to; at++) {
    const code = text.charCodeAt(at)
    if (code <= 0x20 || code >= 0x7f) return false
  }
  return to > from
}

/** What a field value may hold (RFC 9110 section 5.5): no controls but HTAB, nothing beyond latin-1. */
export function isFieldText(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    if (lineTable[text.charCodeAt(at)] !== 1) return false
  }
  return true
}

/** Whether the code is SP or HTAB. */
export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09
}
