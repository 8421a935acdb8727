/** The length in bits of each byte's code, and of EOS at the end. The code is canonical (RFC 7541 appendix B). */
const lengths: readonly number[] = (() => {
  const text =
    "13,23,28x7,24,30,28x2,30,28x8,30,28x9,6,10x2,12,13,6,8,11,10x2,8,11,8,6x3,5x3,6x7,7,8,15,6,12,10,13,6,7x22," +
    "8,7,8,13,19,13,14,6,15,5,6,5,6,5,6x3,5,7x2,6x3,5,6,7,6,5x2,6,7x5,15,11,14,13,28,20,22,20x2,22x3,23,22,23x5,24," +
    "23,24x2,22,23,24,23x4,21,22,23,22,23x2,24,22,21,20,22x2,23x2,21,23,22x2,24,21,22,23x2,21x2,22,21,23,22,23x2,20," +
    "22x3,23,22x2,23,26x2,20,19,22,23,22,25,26x3,27x2,26,24,25,19,21,26,27x2,26,27,24,21x2,26x2,28,27x3,20,24,20,21," +
    "22,21x2,23,22x2,25x2,24x2,26,23,26,27,26x2,27x5,28,27x5,26,30"
  return text.split(",").flatMap(run => {
    const [length, times = 1] = run.split("x").map(Number)
    return Array<number>(times).fill(length!)
  })
})()

const eos = 256
const states = 256
const none = -1

/** By state and four bits: the next state, and the symbol these bits end. No code is shorter than five bits. */
const next = new Uint8Array(states * 16)
const symbol = new Int16Array(states * 16).fill(none)
/** States in which a string may end: at most seven bits of EOS, or nothing, are left over (RFC 7541 section 5.2). */
const mayEnd = new Uint8Array(states)

buildTables()

function buildTables(): void {
  const children = codeTree()
  for (let state = 0; state < states; state++) {
    for (let bits = 0; bits < 16; bits++) {
      let at = state
      for (let bit = 3; bit >= 0; bit--) {
        const child = children[at * 2 + ((bits >> bit) & 1)]!
        if (child < 0) symbol[state * 16 + bits] = -child - 1
        at = Math.max(child, 0)
      }
      next[state * 16 + bits] = at
    }
  }
  for (let at = 0, depth = 0; depth <= 7; depth++, at = children[at * 2 + 1]!) mayEnd[at] = 1
}

/** Two children of each inner node: the number of an inner node, or a symbol as -1 - symbol. */
function codeTree(): Int32Array {
  const children = new Int32Array(states * 2)
  let nodes = 1
  let code = 0
  let length = 0
  const order = [...lengths.keys()].sort((a, b) => lengths[a]! - lengths[b]! || a - b)
  for (const each of order) {
    code *= 2 ** (lengths[each]! - length)
    length = lengths[each]!
    let at = 0
    for (let bit = length - 1; bit > 0; bit--) {
      const edge = at * 2 + ((code >> bit) & 1)
      if (children[edge] === 0) children[edge] = nodes++
      at = children[edge]!
    }
    children[at * 2 + (code & 1)] = -1 - each
    code++
  }
  return children
}

let decoded = Buffer.allocUnsafeSlow(4096)

/** The text of a Huffman-coded string, latin-1; undefined when it is none. */
export function huffmanDecoded(bytes: Uint8Array): string | undefined {
  // The shortest code has five bits.
  if (decoded.length * 5 < bytes.length * 8) decoded = Buffer.allocUnsafeSlow(bytes.length * 2)
  let state = 0
  let length = 0
  for (const byte of bytes) {
    let at = state * 16 + (byte >> 4)
    for (let half = 0; half < 2; half++) {
      const found = symbol[at]!
      if (found === eos) return undefined
      if (found !== none) decoded[length++] = found
      state = next[at]!
      at = state * 16 + (byte & 15)
    }
  }
  return mayEnd[state] === 1 ? decoded.toString("latin1", 0, length) : undefined
}
