import { createServer } from "node:http"

/**
 * A backend in a process of its own, so that it can be stopped as a whole, its kernel still taking connections. Listens
 * on a Unix socket; answers each request with its name and body after a moment, and prints its method and path.
 */
const [path, name] = process.argv.slice(2) as [string, string]
createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  if (request.url === "/.banyan/health") {
    response.end()
    return
  }
  process.stdout.write(`${request.method} ${request.url}\n`)
  const body: Buffer[] = []
  request.on("data", piece => body.push(piece))
  request.on("end", () => setTimeout(() => response.end(`${name} ${Buffer.concat(body)}`), 2))
}).listen(path)
