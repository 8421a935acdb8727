import { textOf } from "./source-files.ts"

/** A row of ARCHITECTURE.md's import table. */
export type Room = {
  /** Folder below src/. A file belongs to the room with the longest matching name. */
  readonly name: string
  readonly pure: boolean
  /** Folders or files below src/ it may import from, besides itself. */
  readonly mayImport: readonly string[]
}

export function readRooms(): Room[] {
  return fencedLines("rooms").map(line => {
    const [left = "", right = ""] = line.split("->")
    const [name = "", mark] = left.trim().split(/\s+/)
    return {
      name,
      pure: mark === "pure",
      mayImport: right.trim() === "nothing" ? [] : right.trim().split(/[\s,]+/),
    }
  })
}

/** `BN13` -> `control`: which room owns which error codes. */
export function readCodeRanges(): Map<string, string> {
  return new Map(fencedLines("codes").map(line => line.split(/\s+/, 2) as [string, string]))
}

/** Package -> rooms that may import it. */
export function readPackages(): Map<string, readonly string[]> {
  return new Map(
    fencedLines("packages").map(line => {
      const [name = "", rooms = ""] = line.split("->")
      return [name.trim(), rooms.trim().split(/[\s,]+/)]
    }),
  )
}

export function roomOf(path: string, rooms: readonly Room[]): Room | undefined {
  const inside = path.replace(/^src\//, "")
  return rooms
    .filter(({ name }) => isWithin(inside, name))
    .reduce<Room | undefined>(
      (best, room) => (best === undefined || room.name.length > best.name.length ? room : best),
      undefined,
    )
}

/** Whether a path below src/ is this folder or file, or lies in it. */
export function isWithin(inside: string, folder: string): boolean {
  return inside === folder || inside.startsWith(`${folder}/`)
}

function fencedLines(name: string): string[] {
  const block = new RegExp(`^\`\`\`${name}\\n([\\s\\S]*?)^\`\`\``, "m").exec(textOf("ARCHITECTURE.md"))?.[1]
  if (block === undefined) throw new Error(`ARCHITECTURE.md has no \`\`\`${name} block`)
  return block.split("\n").filter(line => line.trim() !== "")
}
