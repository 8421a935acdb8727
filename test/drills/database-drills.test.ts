import { databaseDrills, drillsPass } from "./drills-pass.ts"

drillsPass(databaseDrills)
