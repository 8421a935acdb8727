import { type Kysely, sql } from "kysely"
import type { BeigelTables } from "../tables.ts"

/** A part of the map, in degrees. */
export type Box = {
  readonly north: number
  readonly south: number
  readonly east: number
  readonly west: number
}

/** A box is at most so many cells wide and high, so that an answer is bounded however many cafés there are. */
export const MAX_CELLS_ACROSS = 24

/**
 * The side of a cell in degrees: a power of two, and cells lie where they always lie. So nothing jumps when the map is
 * moved a little, and zooming divides cells.
 */
export function cellDegrees({ north, south, east, west }: Box): number {
  return 2 ** Math.ceil(Math.log2(Math.max(north - south, east - west) / MAX_CELLS_ACROSS))
}

/** How many cafés lie in each cell of a box, and their middle. A café alone in its cell is told by id, name and address. */
export function cafeClusters(db: Kysely<BeigelTables>, box: Box) {
  const cell = cellDegrees(box)
  const cellOf = (degrees: "lat" | "lon") =>
    sql<number>`floor(${sql.ref(degrees)} / ${cell}::double precision)`
  return db
    .selectFrom("cafes")
    .select(({ fn }) => [
      cellOf("lat").as("grid_row"),
      cellOf("lon").as("grid_column"),
      fn.countAll<string>().as("count"),
      fn.avg<number>("lat").as("lat"),
      fn.avg<number>("lon").as("lon"),
      sql<string>`min(id::text)`.as("id"),
      fn.min("name").as("name"),
      fn.min("address").as("address"),
    ])
    .where("lat", ">=", box.south)
    .where("lat", "<=", box.north)
    .where("lon", ">=", box.west)
    .where("lon", "<=", box.east)
    .groupBy(["grid_row", "grid_column"])
    .orderBy("grid_row")
    .orderBy("grid_column")
}
