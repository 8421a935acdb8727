export type Frame = { readonly id: string | undefined; readonly data: string }

/**
 * Cuts a text/event-stream (WHATWG HTML, section 9.2) into its frames, whatever the pieces it comes in; comments and
 * frames without data are left out.
 */
export class FrameCutter {
  #pending = ""

  push(text: string): Frame[] {
    const blocks = (this.#pending + text.replace(/\r\n?/g, "\n")).split("\n\n")
    this.#pending = blocks.pop() ?? ""
    return blocks.flatMap(block => frameOf(block) ?? [])
  }
}

function frameOf(block: string): Frame | undefined {
  let id: string | undefined
  const data: string[] = []
  for (const line of block.split("\n")) {
    if (line.startsWith("id:")) id = line.slice(3).trim()
    else if (line.startsWith("data:")) data.push(line.slice(5).replace(/^ /, ""))
  }
  return data.length === 0 ? undefined : { id, data: data.join("\n") }
}
