import { z } from "@hono/zod-openapi"
import { encodeId } from "../public-id.ts"
import { metresOfChord } from "../sphere.ts"

export const cafeSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    lat: z.number(),
    lon: z.number(),
    address: z.string(),
    distanceM: z
      .number()
      .optional()
      .openapi({ description: "Metres over the ground from the point asked for" }),
  })
  .openapi("Cafe")

type CafeRow = { id: string; name: string; lat: number; lon: number; address: string; chord?: number }

export function cafeJson(row: CafeRow): z.infer<typeof cafeSchema> {
  const { id, name, lat, lon, address, chord } = row
  const cafe = { id: encodeId(id), name, lat, lon, address }
  return chord === undefined ? cafe : { ...cafe, distanceM: roundedMetres(chord) }
}

/** To the decimetre: the coordinates in the file are no better. */
export function roundedMetres(chord: number): number {
  return Math.round(metresOfChord(chord) * 10) / 10
}
