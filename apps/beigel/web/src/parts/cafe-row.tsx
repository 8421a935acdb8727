import type { Cafe } from "../api/types.ts"
import { metresBetween } from "../map/projection.ts"
import { Link } from "../router.tsx"
import { point } from "../state/place.ts"
import { useStore } from "../store.ts"
import { useFormats } from "../words/words.ts"

/** A café in a list: its name, where it is, how far. */
export function CafeRow({ cafe }: { cafe: Cafe }) {
  const from = useStore(point)
  const formats = useFormats()
  return (
    <li>
      <Link href={`/cafes/${cafe.id}`} className="cafe-row">
        <span className="cafe-name" dir="auto">
          {cafe.name}
        </span>
        <span className="cafe-distance">{formats.distance(cafe.distanceM ?? metresBetween(from, cafe))}</span>
        <span className="cafe-address quiet">{shortAddress(cafe.address)}</span>
      </Link>
    </li>
  )
}

/** Street and borough: all of them are in New York, USA. */
export function shortAddress(address: string): string {
  return address.replace(/, NY\b.*$/, "")
}
