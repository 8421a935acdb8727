import { script } from "@bomb.sh/tab"
import type { shells } from "./offers.ts"

type Shell = (typeof shells)[number]

/**
 * Prints what a shell reads once to complete `banyan ...` from then on, by asking `argv` at each Tab. Where there is no
 * program of that name it also gets a function, so that `banyan status` is `npx banyan status` in every project.
 */
export function printShellScript(shell: Shell, argv: readonly string[]): void {
  if (shell === "bash") console.log(bashHead)
  script(shell, "banyan", argv.map(quoted).join(" "))
  if (shell === "bash") console.log(bashTail)
  console.log(shortcut[shell])
}

/**
 * The library's script for bash asks the package bash-completion for the words of the line, which many machines have
 * not; and it makes constants, which complain when it is read twice or beside another tool's.
 */
const bashHead = `if ! declare -F _get_comp_words_by_ref >/dev/null; then
  _get_comp_words_by_ref() {
    local line=\${COMP_LINE:0:COMP_POINT}
    read -ra words <<<"$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    cword=$((\${#words[@]} - 1))
    cur=\${words[cword]}
    prev=\${words[cword > 0 ? cword - 1 : 0]}
  }
fi
{`
/** Readline replaces only what stands behind the last `=` of a word: `web=` must not become `web=web=`. */
const bashTail = `} 2>/dev/null
__banyan_at_tab() {
  __banyan_complete
  local typed=\${COMP_LINE:0:COMP_POINT}
  typed=\${typed##* }
  if [[ $typed == *=* && $COMP_WORDBREAKS == *=* ]]; then
    COMPREPLY=("\${COMPREPLY[@]#"\${typed%=*}="}")
  fi
}
complete -F __banyan_at_tab banyan`

const posixShortcut = 'type banyan >/dev/null 2>&1 || banyan() { npx --no-install banyan "$@"; }'
const shortcut: Readonly<Record<Shell, string>> = {
  bash: posixShortcut,
  zsh: posixShortcut,
  fish: "type -q banyan; or function banyan; npx --no-install banyan $argv; end",
  powershell:
    "if (-not (Get-Command banyan -ErrorAction SilentlyContinue)) { function global:banyan { npx --no-install banyan @args } }",
}

/** As every one of the shells reads it; a quote in a path is what none of them agree on. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word}'`
}
