/** Entry point of the agent: one per project and host, parent of every other process. */
import { runAgent } from "../drivers/local/agent/run-agent.ts"
import { paths } from "./project-paths.ts"

void runAgent({ projectFolder: process.cwd(), runFolder: paths.run })
