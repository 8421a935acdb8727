import { createServer } from "node:http"

/** A plain service that holds as much memory as it is told to, and never lets go of it. */
const held = [holdMebibytes(process.env.HELD_MEBIBYTES)]

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url, "http://localhost")
  for await (const _ of request);
  if (pathname === "/hold") held.push(holdMebibytes(searchParams.get("mebibytes")))
  response.end(String(process.pid))
})
function holdMebibytes(text) {
  return Buffer.alloc(Number(text ?? 0) * 2 ** 20, 1)
}

server.listen(Number(process.env.PORT), process.env.HOST)
