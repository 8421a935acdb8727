import { type Edge, type Node, ReactFlow, ReactFlowProvider, useReactFlow } from "@xyflow/react"
import { memo, useEffect, useMemo, useRef, useState } from "react"
import { setParams, useParam } from "../frame/router.ts"
import { useView } from "../service/live.ts"
import type { View } from "../service/view.ts"
import { BandNode } from "./band-node.tsx"
import { Branch } from "./branch.tsx"
import { CardNode } from "./card-node.tsx"
import { ClientsNode } from "./clients-node.tsx"
import { columnsOf } from "./columns.ts"
import { type Layout, layOut, type Orientation } from "./layout.ts"
import { TrunkNode } from "./trunk-node.tsx"

const nodeTypes = { clients: ClientsNode, band: BandNode, card: CardNode, trunk: TrunkNode }
const edgeTypes = { branch: Branch }
/** Below this width tiers stand one below the other, and the page scrolls instead of the canvas. */
const narrowPx = 720
const shortestPx = 320
const fit = { padding: 0.04, minZoom: 0.35, maxZoom: 1.15 }

/** The way of a request, live. */
export function Picture() {
  const frame = useRef<HTMLDivElement>(null)
  const width = useWidth(frame)
  const layout = useLayout(width === 0 ? undefined : width < narrowPx ? "down" : "across", width)
  const isNarrow = width < narrowPx
  const zoom = Math.min(1.15, width / (layout.width + 60))
  const height = isNarrow ? layout.height + 8 : Math.max(shortestPx, Math.min(640, layout.height * zoom + 60))
  return (
    <div ref={frame} className={`picture ${isNarrow ? "down" : "across"}`} style={{ height }}>
      {width > 0 && (
        <ReactFlowProvider>
          <Canvas layout={layout} isNarrow={isNarrow} width={width} height={height} />
        </ReactFlowProvider>
      )}
    </div>
  )
}

type CanvasProps = { layout: Layout; isNarrow: boolean; width: number; height: number }

const Canvas = memo(function Canvas({ layout, isNarrow, width, height }: CanvasProps) {
  const flow = useReactFlow()
  const [at] = useParam("at")
  const nodes = useMemo(() => nodesOf(layout, isNarrow), [layout, isNarrow])
  const edges = useMemo(() => edgesOf(layout), [layout])
  useEffect(() => {
    if (isNarrow) void flow.setViewport({ x: 0, y: 0, zoom: 1 })
    else {
      const bounds = { x: 0, y: 0, width: layout.width, height: layout.height }
      const zoom = Math.min(fit.maxZoom, (width - 24) / layout.width, (height - 24) / layout.height)
      const x = (width - bounds.width * zoom) / 2
      void flow.setViewport({ x, y: (height - bounds.height * zoom) / 2, zoom }, { duration: 350 })
    }
  }, [flow, layout, isNarrow, width, height])
  return (
    <ReactFlow
      nodes={nodes}
      edges={edges}
      nodeTypes={nodeTypes}
      edgeTypes={edgeTypes}
      nodesDraggable={false}
      nodesConnectable={false}
      nodesFocusable={false}
      edgesFocusable={false}
      elementsSelectable={false}
      panOnDrag={!isNarrow}
      panOnScroll={false}
      zoomOnScroll={false}
      zoomOnPinch={!isNarrow}
      zoomOnDoubleClick={!isNarrow}
      preventScrolling={false}
      minZoom={fit.minZoom}
      maxZoom={2}
      proOptions={{ hideAttribution: true }}
      onPaneClick={() => at !== "" && setParams({ at: "" })}
      aria-label="The way of a request"
    />
  )
})

/** Placed anew only when somebody comes, goes, or changes its role. */
function useLayout(orientation: Orientation | undefined, width: number): Layout {
  const members = useView(membersOf)
  const across = orientation === "down" ? width : 0
  return useMemo(
    () => layOut(columnsOf(JSON.parse(members)), orientation ?? "across", across),
    [members, orientation, across],
  )
}

/** Who has a place in the picture, as JSON: the same text as long as nothing is to be placed anew. */
function membersOf({ state, ghosts }: View): string {
  const all = [...ghosts.map(({ instance }) => instance), ...state.instances]
  const members = new Map(all.map(({ id, tier, role }) => [id, { id, tier, role }]))
  return JSON.stringify([...members.values()].sort((a, b) => (a.id < b.id ? -1 : 1)))
}

function nodesOf(layout: Layout, isNarrow: boolean): Node[] {
  const fixed = { draggable: false, selectable: false }
  const direction = isNarrow ? "down" : "across"
  const placed = <T extends { x: number; y: number; width: number; height: number }>(
    id: string,
    type: string,
    box: T,
    zIndex: number,
    data: Record<string, unknown>,
  ): Node => ({
    id,
    type,
    position: { x: box.x, y: box.y },
    width: box.width,
    height: box.height,
    zIndex,
    data: { ...data, direction },
    ...fixed,
  })
  return [
    placed("clients", "clients", layout.clients, 3, {}),
    ...layout.bands.map(band =>
      placed(`band ${band.key}`, "band", band, 0, { column: band.key, title: band.title }),
    ),
    ...layout.trunks.map(trunk =>
      placed(`trunk ${trunk.key}`, "trunk", trunk, 3, { from: trunk.from, to: trunk.to }),
    ),
    ...layout.cards.map(card => placed(`card ${card.id}`, "card", card, 2, { id: card.id, size: card.size })),
  ]
}

/** From each card to the trunk behind its column, and from the trunk before it. */
function edgesOf(layout: Layout): Edge[] {
  const ends = (column: string) => {
    const band = layout.bands.find(({ key }) => key === column)
    if (column === "clients" || band === undefined) return [{ node: "clients", id: "" }]
    if (band.isMany) return [{ node: `band ${column}`, id: "" }]
    return layout.cards.filter(card => card.column === column).map(({ id }) => ({ node: `card ${id}`, id }))
  }
  return layout.trunks.flatMap(({ key, from, to }) => [
    ...ends(from).map(({ node, id }) => ({
      id: `${node} > ${key}`,
      type: "branch",
      source: node,
      target: `trunk ${key}`,
      zIndex: 1,
      data: { id },
    })),
    ...ends(to).map(({ node, id }) => ({
      id: `${key} > ${node}`,
      type: "branch",
      source: `trunk ${key}`,
      target: node,
      zIndex: 1,
      data: { id },
    })),
  ])
}

function useWidth(frame: React.RefObject<HTMLDivElement | null>): number {
  const [width, setWidth] = useState(0)
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)))
    if (frame.current !== null) observer.observe(frame.current)
    return () => observer.disconnect()
  }, [frame])
  return width
}
