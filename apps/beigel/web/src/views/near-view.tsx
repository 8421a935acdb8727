import { pointQuery } from "../api/call.ts"
import { useList } from "../api/lists.ts"
import type { Cafe } from "../api/types.ts"
import { CityMap } from "../map/city-map.tsx"
import { useAreaName } from "../map/outlines.ts"
import { CafeRow } from "../parts/cafe-row.tsx"
import { Endless } from "../parts/endless.tsx"
import { Icon } from "../parts/icons.tsx"
import { Empty } from "../parts/notice.tsx"
import { locate, locating, lookFrom, point } from "../state/place.ts"
import { useStore } from "../store.ts"
import { useWords } from "../words/words.ts"
import { Heading } from "./heading.tsx"

/** Cafés around a place: on the map to choose the place, in a list by distance. */
export function NearView() {
  const words = useWords()
  const from = useStore(point)
  const found = useStore(locating)
  const isLost = found === "denied" || found === "unavailable" || found === "far"
  const path = `/api/cafes?${pointQuery(from)}&limit=20`
  const list = useList<Cafe>(path)
  const title = words.near.title(useAreaName(from))
  return (
    <div className="near">
      <div className="near-list">
        <Heading title={title}>
          <button type="button" className="button" onClick={locate} disabled={found === "asking"}>
            <Icon name="locate" />
            {found === "asking" ? words.near.asking : words.near.locate}
          </button>
        </Heading>
        <p role="status" className={isLost ? "hint-box" : "hidden"}>
          {isLost && words.near[found]}
        </p>
        <Endless
          path={path}
          list={list}
          label={title}
          kind="row"
          draw={cafe => <CafeRow key={cafe.id} cafe={cafe} />}
          empty={<Empty title={words.near.none} hint={words.near.noneHint} />}
        />
      </div>
      <CityMap point={from} onPick={lookFrom} />
    </div>
  )
}
