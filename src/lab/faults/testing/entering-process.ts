/** Enters a network of its own as the command line of drills does: `node entering-process.ts <program> [words]`; without words it says whether it may. */
import { enterOwnNetwork, ownNetwork } from "../own-network.ts"

const [program, ...words] = process.argv.slice(2)
const network = ownNetwork()
if (program === undefined) console.log(JSON.stringify(network))
else if (network.possible) process.exitCode = await enterOwnNetwork(network, [program, ...words])
