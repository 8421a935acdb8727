import { databaseConformance } from "../../drivers/database-conformance.ts"
import { FleetProject } from "./fixtures/fleet-project.ts"

databaseConformance("local", async t => {
  const { driver } = await FleetProject.start(t)
  return { driver, addressOf: id => ({ path: `.banyan/data/${id}/.s.PGSQL.5432` }) }
})
