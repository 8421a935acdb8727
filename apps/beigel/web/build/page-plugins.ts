import { readFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import type { Plugin } from "vite"
import { type FeatureCollection, outlinesOf } from "./outlines.ts"

const source = fileURLToPath(new URL("../../data/nyc-neighborhoods.geojson", import.meta.url))
const worker = fileURLToPath(new URL("offline-worker.js", import.meta.url))

async function outlinesJson(): Promise<string> {
  return JSON.stringify(outlinesOf(JSON.parse(await readFile(source, "utf8")) as FeatureCollection))
}

/** `import url from "virtual:outlines"`: the address of the map's outlines, a file made of the GeoJSON when built. */
export function outlinesPlugin(): Plugin {
  const name = "virtual:outlines"
  let isBuild = false
  return {
    name: "outlines",
    configResolved: config => {
      isBuild = config.command === "build"
    },
    resolveId: id => (id === name ? `\0${name}` : null),
    async load(id) {
      if (id !== `\0${name}`) return null
      if (!isBuild) return `export default "/outlines.json"`
      const reference = this.emitFile({ type: "asset", name: "outlines.json", source: await outlinesJson() })
      return `export default import.meta.ROLLUP_FILE_URL_${reference}`
    },
    configureServer(server) {
      server.middlewares.use("/outlines.json", async (_request, response) => {
        response.setHeader("content-type", "application/json").end(await outlinesJson())
      })
    },
  }
}

/** Writes `sw.js`: the worker that shows the page offline, with the list of what this very build consists of. */
export function offlineWorkerPlugin(): Plugin {
  return {
    name: "offline-worker",
    apply: "build",
    async generateBundle(_options, bundle) {
      const files = Object.keys(bundle).filter(path => path.startsWith("assets/"))
      const list = JSON.stringify(["/", ...files.map(path => `/${path}`)])
      const text = await readFile(worker, "utf8")
      this.emitFile({ type: "asset", fileName: "sw.js", source: `const FILES = ${list}\n${text}` })
    },
  }
}
