import { driverConformance } from "../driver-conformance.ts"
import { testProject } from "./fixtures/test-project.ts"

driverConformance("local", async t => {
  const project = testProject(t)
  await project.start()
  return { driver: project.driver(), reattach: () => project.driver() }
})
