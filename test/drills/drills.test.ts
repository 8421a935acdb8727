import { drills } from "../../src/lab/drills/run-drill.ts"
import { databaseDrills, drillsPass } from "./drills-pass.ts"

/** What happens to processes, links and clients; those of the databases run beside them. */
drillsPass(Object.keys(drills).filter(name => !databaseDrills.includes(name)))
