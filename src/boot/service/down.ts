import { agentProcess, awaitAgent, findAgent, shutdownAgent } from "../../drivers/local/launch-agent.ts"
import { paths } from "../project-paths.ts"

const here = () => ({ projectFolder: process.cwd(), runFolder: paths.run })

/** Whether an agent, and with it a service, lives in this folder (the working directory). */
export async function isUp(): Promise<boolean> {
  return (await findAgent({ ...here(), waitMs: 0 })) !== undefined
}

/** The same with patience: an agent that was killed is brought back by its front door, and the service serves on. */
export async function staysUp(): Promise<boolean> {
  return (await awaitAgent(here())) !== undefined
}

/** Whether nothing of a service is left in this folder, not even an agent that answers nobody any more. */
export async function hasEnded(): Promise<boolean> {
  return !(await isUp()) && agentProcess(here()) === undefined
}

/** Ends everything of this folder at once, databases cleanly, without asking the control plane. */
export async function endNow(): Promise<void> {
  await shutdownAgent({ ...here(), mode: "now" })
}
