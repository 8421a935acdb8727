#!/usr/bin/env node
import { boot } from "../scripts/boot.mjs"

boot("src/cli/main.ts", process.argv.slice(2))
