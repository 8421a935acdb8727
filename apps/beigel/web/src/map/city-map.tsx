import { memo, useRef, useState } from "react"
import { Icon } from "../parts/icons.tsx"
import { goTo } from "../router.tsx"
import { useWords } from "../words/words.ts"
import { type Bubble, bubblesOf } from "./bubbles.ts"
import { type Camera, isClosest, toPoint, toScreen, ZOOM_STEP, zoomed } from "./camera.ts"
import { type Label, LINE_PX, labelsOf } from "./labels.ts"
import { type Area, useOutlines } from "./outlines.ts"
import { type Point, project } from "./projection.ts"
import { useCamera } from "./use-camera.ts"
import { useClusters } from "./use-clusters.ts"
import { useGestures } from "./use-gestures.ts"

const ACROSS_M = 4200
/** Cafés' names are written when there is room for them, neighborhoods' when they are larger than a word. */
const CAFE_NAMES_FROM = 0.3
const AREA_NAMES_FROM = 0.045

type Props = { readonly point: Point; readonly onPick: (point: Point) => void }

/** New York, drawn: its neighborhoods, its cafés, and where the reader looks from. No tiles, no other host. */
export function CityMap({ point, onPick }: Props) {
  const words = useWords()
  const frame = useRef<HTMLDivElement>(null)
  const outlines = useOutlines()
  const [isPicked, setPicked] = useState(false)
  const [camera, setCamera] = useCamera(frame, point, ACROSS_M)
  const pickAt = (left: number, top: number) => {
    if (camera === undefined) return
    setPicked(true)
    onPick(toPoint(camera, left, top))
  }
  const zoom = (factor: number, left?: number, top?: number) =>
    setCamera(old => old && zoomed(old, factor, left, top))
  const handlers = useGestures(frame, camera, setCamera, pickAt)
  const clusters = useClusters(camera)
  const bubbles = camera === undefined ? [] : bubblesOf(clusters, camera)
  const open = (bubble: Bubble) => {
    if (bubble.cafe !== null) goTo(`/cafes/${bubble.cafe.id}`)
    // Cafés in one house cannot be parted by looking closer: the list beside the map tells them.
    else if (camera !== undefined && isClosest(camera)) pickAt(bubble.left, bubble.top)
    else zoom(2.4, bubble.left, bubble.top)
  }
  return (
    <div className="map">
      <div
        className="map-frame"
        ref={frame}
        role="application"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: it is moved by keys, as its label says
        tabIndex={0}
        aria-label={words.map.label}
        {...handlers}
      >
        {camera !== undefined && (
          <>
            <svg className="land" width="100%" height="100%" aria-hidden="true">
              <g transform={transformOf(camera)}>
                {outlines !== undefined && <Land areas={outlines.areas} />}
              </g>
              {camera.scale >= AREA_NAMES_FROM && outlines !== undefined && (
                <AreaNames labels={labelsOf(outlines.areas, bubbles, camera)} />
              )}
            </svg>
            {bubbles.map(bubble => (
              <BubbleButton
                key={bubble.key}
                bubble={bubble}
                named={camera.scale >= CAFE_NAMES_FROM}
                onOpen={open}
              />
            ))}
            <Pin point={point} camera={camera} />
          </>
        )}
      </div>
      <Tools onZoom={zoom} />
      {!isPicked && <p className="map-hint">{words.map.hint}</p>}
      <p className="map-source">{words.map.source}</p>
    </div>
  )
}

function Tools({ onZoom }: { onZoom: (factor: number) => void }) {
  const words = useWords()
  return (
    <div className="map-tools">
      <button
        type="button"
        className="map-button"
        aria-label={words.map.zoomIn}
        onClick={() => onZoom(ZOOM_STEP)}
      >
        <Icon name="plus" />
      </button>
      <button
        type="button"
        className="map-button"
        aria-label={words.map.zoomOut}
        onClick={() => onZoom(1 / ZOOM_STEP)}
      >
        <Icon name="minus" />
      </button>
    </div>
  )
}

/** Drawn once: moving the map moves the group around it. */
const Land = memo(function Land({ areas }: { areas: readonly Area[] }) {
  const paths = areas.map(({ name, at, path }) => <path key={name + at.join()} d={path} />)
  return (
    <>
      <g className="ground">{paths}</g>
      <g className="borders">{paths}</g>
    </>
  )
})

function transformOf({ x, y, scale, width, height }: Camera): string {
  return `translate(${width / 2 - x * scale} ${height / 2 - y * scale}) scale(${scale})`
}

function AreaNames({ labels }: { labels: readonly Label[] }) {
  return labels.map(({ key, lines, left, top }) => (
    <text key={key} y={top} className="area-name">
      {lines.map((line, row) => (
        <tspan key={line} x={left} dy={row === 0 ? 0 : LINE_PX}>
          {line}
        </tspan>
      ))}
    </text>
  ))
}

type BubbleProps = {
  readonly bubble: Bubble
  readonly named: boolean
  readonly onOpen: (bubble: Bubble) => void
}

function BubbleButton({ bubble, named, onOpen }: BubbleProps) {
  const words = useWords()
  const { left, top, radius, count, cafe } = bubble
  return (
    <button
      type="button"
      className={cafe === null ? "bubble" : "bubble single"}
      style={{ left, top, width: radius * 2, height: radius * 2 }}
      aria-label={cafe?.name ?? words.map.cluster(count)}
      title={cafe?.name}
      onClick={() => onOpen(bubble)}
    >
      {cafe === null ? count : named && <span className="bubble-name">{cafe.name}</span>}
    </button>
  )
}

function Pin({ point, camera }: { point: Point; camera: Camera }) {
  const words = useWords()
  const [left, top] = toScreen(camera, ...project(point))
  return (
    <span className="pin" role="img" aria-label={words.map.here} style={{ left, top }}>
      <svg viewBox="0 0 24 32" aria-hidden="true">
        <path d="M12 31C12 31 2 19.5 2 11.800a10 10 0 0 1 20 0C22 19.5 12 31 12 31z" />
        <circle cx="12" cy="12" r="3.6" />
      </svg>
    </span>
  )
}
