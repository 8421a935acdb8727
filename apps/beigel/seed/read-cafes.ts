import { createHash } from "node:crypto"
import { readFile } from "node:fs/promises"
import { parse } from "csv-parse/sync"
import { v5 } from "uuid"

/** Namespace of cafés' ids. Never changes: every id outside hangs on it. */
const CAFE_NAMESPACE = "5bb4f1a6-7d1e-4a67-9c3b-0d5a2b6c8e10"

export type Cafe = {
  readonly id: string
  readonly name: string
  readonly lat: number
  readonly lon: number
  readonly address: string
}

export type CafesFile = { readonly text: string; readonly digest: string }

export async function readCafesFile(file: URL): Promise<CafesFile> {
  const text = await readFile(file, "utf8")
  return { text, digest: createHash("sha256").update(text).digest("hex") }
}

/** The cafés of the file, in the order of their ids. Throws, naming the line, when a row is not a café. */
export function parseCafes({ text }: Pick<CafesFile, "text">): Cafe[] {
  const rows: Record<string, string>[] = parse(text, { columns: true, skip_empty_lines: true })
  return rows.map(cafeOf).sort((a, b) => (a.id < b.id ? -1 : 1))
}

function cafeOf(row: Record<string, string>, index: number): Cafe {
  const { name = "", lat = "", lon = "", address = "" } = row
  const cafe = {
    id: v5(`${name}|${lat}|${lon}`, CAFE_NAMESPACE),
    name,
    lat: Number(lat),
    lon: Number(lon),
    address,
  }
  const isPlace = lat !== "" && lon !== "" && Math.abs(cafe.lat) <= 90 && Math.abs(cafe.lon) <= 180
  if (name === "" || !isPlace) throw new Error(`row ${index + 2} of the cafés is not name,lat,lon,address`)
  return cafe
}
