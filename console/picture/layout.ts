import type { Column } from "./columns.ts"

export type Box = { readonly x: number; readonly y: number; readonly width: number; readonly height: number }
export type Size = "full" | "compact"
export type Orientation = "across" | "down"

export type Layout = {
  readonly clients: Box
  /** One behind each column's cards. `isMany`: its cards stand side by side; lines end at the band, not at each card. */
  readonly bands: readonly (Box & { key: string; title: string; isMany: boolean; size: Size })[]
  readonly cards: readonly (Box & { id: string; column: string; size: Size })[]
  /** Between two neighbours, `clients` first: what flows there. */
  readonly trunks: readonly (Box & { key: string; from: string; to: string })[]
  readonly width: number
  readonly height: number
}

const cardSizes: Readonly<Record<Size, { width: number; height: number }>> = {
  full: { width: 184, height: 82 },
  compact: { width: 128, height: 44 },
}
const gap = 10
const padding = 12
const headHeight = 30
const trunkAcross = { width: 116, height: 64 }
const trunkDown = { width: 150, height: 54 }
const clientsAcross = { width: 92, height: 92 }
const clientsDown = { width: 150, height: 44 }
/** More than this in a column stand closer, more than the second side by side. */
const mostFull = 5
const mostRows = 12

/** Places everything; `down` for narrow screens, whose width is then kept to. Pure: the same columns, the same picture. */
export function layOut(columns: readonly Column[], orientation: Orientation, width = 360): Layout {
  return orientation === "across" ? across(columns) : down(columns, width)
}

function across(columns: readonly Column[]): Layout {
  const grids = columns.map(({ members }) => gridOf(members.length))
  // Cards are what stands in one line, not the bands with their heads.
  const above = Math.max(clientsAcross.height / 2, ...grids.map(each => headHeight + innerHeight(each) / 2))
  const below = Math.max(clientsAcross.height / 2, ...grids.map(each => innerHeight(each) / 2 + padding))
  const middle = above
  const centred = (x: number, size: { width: number; height: number }): Box => ({
    x,
    y: middle - size.height / 2,
    ...size,
  })
  const layout = { bands: [] as Layout["bands"][number][], cards: [] as Layout["cards"][number][] }
  const trunks: Layout["trunks"][number][] = []
  let x = clientsAcross.width
  for (const [at, column] of columns.entries()) {
    const from = columns[at - 1]?.key ?? "clients"
    trunks.push({ key: `${from} ${column.key}`, from, to: column.key, ...centred(x, trunkAcross) })
    x += trunkAcross.width
    const grid = grids[at]!
    const { width, height } = grid
    const band = { x, y: middle - headHeight - innerHeight(grid) / 2, width, height }
    layout.bands.push({
      ...band,
      key: column.key,
      title: column.title,
      isMany: grid.across > 1,
      size: grid.size,
    })
    layout.cards.push(...cardsIn(band, column, grid))
    x += grid.width
  }
  return { clients: centred(0, clientsAcross), ...layout, trunks, width: x, height: above + below }
}

function innerHeight({ height }: Grid): number {
  return height - headHeight - padding
}

function down(columns: readonly Column[], width: number): Layout {
  const centred = (y: number, size: { width: number; height: number }): Box => ({
    x: (width - size.width) / 2,
    y,
    ...size,
  })
  const bands: Layout["bands"][number][] = []
  const cards: Layout["cards"][number][] = []
  const trunks: Layout["trunks"][number][] = []
  let y = clientsDown.height
  for (const [at, column] of columns.entries()) {
    const from = columns[at - 1]?.key ?? "clients"
    trunks.push({ key: `${from} ${column.key}`, from, to: column.key, ...centred(y, trunkDown) })
    y += trunkDown.height
    const size: Size = column.members.length > mostFull ? "compact" : "full"
    const inside = width - 2 * padding
    const fit = Math.floor((inside + gap) / (Math.min(cardSizes[size].width, 150) + gap))
    const count = Math.max(1, Math.min(fit, column.members.length))
    const card = { width: (inside - gap * (count - 1)) / count, height: cardSizes[size].height }
    const grid = gridFor(column.members.length, count, size, card)
    const band = { x: 0, y, width, height: grid.height }
    bands.push({ ...band, key: column.key, title: column.title, isMany: true, size })
    cards.push(...cardsIn(band, column, grid))
    y += grid.height
  }
  return { clients: centred(0, clientsDown), bands, cards, trunks, width, height: y }
}

type Grid = {
  readonly size: Size
  readonly across: number
  readonly card: { width: number; height: number }
  readonly width: number
  readonly height: number
}

function gridOf(members: number): Grid {
  const size: Size = members > mostFull ? "compact" : "full"
  const across = Math.max(1, Math.ceil(members / mostRows))
  return gridFor(members, across, size, cardSizes[size])
}

function gridFor(members: number, across: number, size: Size, card: { width: number; height: number }): Grid {
  const rows = Math.ceil(members / across)
  return {
    size,
    across,
    card,
    width: across * card.width + (across - 1) * gap + 2 * padding,
    height: headHeight + rows * card.height + (rows - 1) * gap + padding,
  }
}

function cardsIn(band: Box, column: Column, { across, card, size }: Grid): Layout["cards"][number][] {
  return column.members.map((id, at) => ({
    id,
    column: column.key,
    size,
    x: band.x + padding + (at % across) * (card.width + gap),
    y: band.y + headHeight + Math.floor(at / across) * (card.height + gap),
    ...card,
  }))
}
