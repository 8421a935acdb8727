import { serveEdge } from "./serve-edge.ts"

const [port, upstream] = process.argv.slice(2).map(Number) as [number, number]
await serveEdge({ listen: { host: "127.0.0.1", port } }, upstream)
