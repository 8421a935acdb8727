/** The door `banyan/config`: what a project's banyan.config.ts imports. */
export { type Config, type ConfigInput, defineConfig } from "./config.ts"
export { stages } from "./stages.ts"
export type { GroupName, InstanceId, Role, StageName, Topology } from "./topology.ts"
