/**
 * Run in a network of its own, it strikes each packet fault between a real server and real clients, and says what
 * was seen, as JSON on stdout. Run elsewhere it must refuse to.
 */
import { once } from "node:events"
import { type AddressInfo, connect, createServer, type Socket } from "node:net"
import { isInOwnNetwork } from "../own-network.ts"
import { packetCutFault, packetLossFault, packetResetFault } from "../packet-faults.ts"
import type { Ways } from "../toxic-proxy/toxic.ts"

const server = createServer(socket => {
  socket.on("error", () => {})
  socket.pipe(socket)
})
server.listen(0, "127.0.0.1")
await once(server, "listening")
const { port } = server.address() as AddressInfo
/** Silence cannot be awaited; what should come is waited for as long as a busy machine may take. */
const quietMs = 150
const patientMs = 20_000

const heard = (socket: Socket, withinMs: number) =>
  Promise.race([
    once(socket, "data").then(([bytes]) => String(bytes)),
    new Promise<string>(resolve => setTimeout(resolve, withinMs, "silence")),
  ]).catch((error: NodeJS.ErrnoException) => error.code)

const tryConnect = (withinMs: number) => {
  const socket = connect(port, "127.0.0.1")
  return Promise.race([
    once(socket, "connect").then(() => "connected"),
    new Promise<string>(resolve => setTimeout(resolve, withinMs, "hangs")),
  ])
    .catch((error: NodeJS.ErrnoException) => error.code)
    .finally(() => socket.destroy())
}

async function cut(ways: Ways) {
  const socket = connect(port, "127.0.0.1")
  await once(socket, "connect")
  const fault = packetCutFault({ subject: "client-server", port, ways })
  await fault.strike()
  await fault.strike()
  socket.write("lost?")
  const during = [await heard(socket, quietMs), await tryConnect(quietMs)]
  await fault.heal()
  await fault.heal()
  // TCP sends again: some time after at most twice what it has waited so far.
  const [bytes] = await once(socket, "data")
  const after = [String(bytes), await tryConnect(patientMs)]
  socket.destroy()
  return { during, after }
}

async function reset() {
  const socket = connect(port, "127.0.0.1")
  await once(socket, "connect")
  const fault = packetResetFault({ subject: "client-server", port, ways: "both" })
  await fault.strike()
  socket.write("refused")
  const during = [await heard(socket, patientMs), await tryConnect(patientMs)]
  await fault.heal()
  return { during, after: [await tryConnect(patientMs)] }
}

async function loss() {
  const fault = packetLossFault({ subject: "client-server", port, ways: "both", probability: 0.1 })
  const socket = connect(port, "127.0.0.1")
  await once(socket, "connect")
  await fault.strike()
  let echoed = 0
  for (let nth = 0; nth < 30; nth++) {
    socket.write("x")
    const [bytes] = await once(socket, "data")
    echoed += bytes.length
  }
  await fault.heal()
  socket.destroy()
  return { echoed }
}

const fault = packetCutFault({ subject: "client-server", port, ways: "both" })
const refusal = isInOwnNetwork() ? undefined : await fault.strike().catch(error => error.message)
const seen =
  refusal === undefined
    ? {
        up: await cut("up"),
        down: await cut("down"),
        both: await cut("both"),
        reset: await reset(),
        loss: await loss(),
      }
    : { refusal }
console.log(JSON.stringify({ uid: process.getuid?.(), ...seen }))
process.exit()
