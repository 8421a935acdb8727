import { defineApp } from "../../src/app/index.ts"
import { bagelsIn, cafes, type Order } from "./work.ts"

/** As an app's author writes it. */
export default defineApp({
  name: "bench",
  web: () => ({
    async fetch(request) {
      if (request.method === "POST")
        return Response.json({ bagels: bagelsIn((await request.json()) as Order) })
      if (request.url.endsWith("/hello")) return new Response("hello")
      return Response.json(cafes)
    },
  }),
})
