import { spawn } from "node:child_process"

/** How this desktop opens a file or URL, or why it cannot. */
export type Opener = { readonly argv: readonly [string, ...string[]] } | { readonly none: string }

/** Pure: `argv` takes the address as one more word. */
export function openerFor(platform: NodeJS.Platform, env: NodeJS.ProcessEnv): Opener {
  if (env["CI"] !== undefined && env["CI"] !== "" && env["CI"] !== "false") return { none: "CI is set" }
  if (platform === "darwin") return { argv: ["open"] }
  if (platform !== "linux") return { none: `no way is known to open a browser on ${platform}` }
  const hasDisplay = [env["DISPLAY"], env["WAYLAND_DISPLAY"]].some(name => name !== undefined && name !== "")
  return hasDisplay ? { argv: ["xdg-open"] } : { none: "there is no display here" }
}

/** Hands the address over and does not wait for the browser. Resolves with why it could not, or undefined. */
export function openInBrowser(address: string, opener: Opener): Promise<string | undefined> {
  if ("none" in opener) return Promise.resolve(opener.none)
  const [program, ...args] = opener.argv
  return new Promise(resolve => {
    const child = spawn(program, [...args, address], { detached: true, stdio: "ignore" })
    child.once("error", () => resolve(`${program} is not installed`))
    child.once("spawn", () => {
      child.unref()
      resolve(undefined)
    })
  })
}
