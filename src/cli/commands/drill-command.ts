import type { Command } from "commander"
export function addDrillCommand(_program: Command): void {}
