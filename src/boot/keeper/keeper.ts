/** Entry point of the keeper: does what is done to the databases of this host, and looks at them. */
import { runKeeper } from "../../drivers/local/keeper-process.ts"
import { inheritedFds } from "../../wire/launch.ts"
import { paths } from "../project-paths.ts"
import { FleetKeeper } from "./fleet-keeper.ts"
import type { KeeperLaunch } from "./keeper-words.ts"

process.on("SIGHUP", () => {})

runKeeper({
  linkFd: inheritedFds.launch,
  runFolder: paths.run,
  hands: (payload, host) => new FleetKeeper(JSON.parse(payload) as KeeperLaunch, host),
})
