import type { DrillRunView } from "banyan/admin"
import { useEffect, useRef, useState } from "react"
import { RefusalNotice } from "../actions/refusal-notice.tsx"
import { CloseButton } from "../frame/close-button.tsx"
import { api } from "../service/api.ts"
import { useIsLive } from "../service/live.ts"
import { saveFile } from "../service/save-file.ts"
import { Report } from "./report.tsx"
import { Verdict } from "./run-list.tsx"

/** One run: what it says while it goes on, and what it found. */
export function RunView({ run, onClose }: { run: DrillRunView; onClose: () => void }) {
  const { id, name, short, seed, state, end } = run
  const text = useOutput(id, state === "running")
  const [error, setError] = useState<unknown>()
  const [isCancelling, setCancelling] = useState(false)
  const cancel = () => {
    setCancelling(true)
    api.cancelDrill(id).catch(setError)
  }
  return (
    <section className="panel run" aria-label={`Run of ${name}`}>
      <header>
        <h3>
          {name} <span className="quiet">{`${short ? "short" : "in full"}, seed ${seed}`}</span>
        </h3>
        <Verdict run={run} />
        <span className="space" />
        {state === "running" && (
          <button type="button" className="danger" disabled={isCancelling} onClick={cancel}>
            {isCancelling ? "Taking it down …" : "Cancel"}
          </button>
        )}
        {end?.verdict !== undefined && (
          <button type="button" onClick={() => save(id).catch(setError)}>
            Save as a page
          </button>
        )}
        <CloseButton onClose={onClose} />
      </header>
      {error !== undefined && <RefusalNotice error={error} />}
      <Output text={text} />
      {end?.verdict !== undefined && <Report id={id} />}
    </section>
  )
}

/** Its last lines stay in sight, until somebody scrolls up. */
function Output({ text }: { text: string }) {
  const place = useRef<HTMLPreElement>(null)
  const follows = useRef(true)
  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever there is more of it
  useEffect(() => {
    if (follows.current && place.current !== null) place.current.scrollTop = place.current.scrollHeight
  }, [text])
  const look = () => {
    const { scrollTop, clientHeight, scrollHeight } = place.current!
    follows.current = scrollHeight - scrollTop - clientHeight < 20
  }
  return (
    <pre
      className="output"
      ref={place}
      onScroll={look}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what is longer than its place is scrolled by keys
      tabIndex={0}
      dir="auto"
      role="log"
      aria-label="Output"
    >
      {text === "" ? "It is starting …" : text}
    </pre>
  )
}

const everyMs = 700
const mostLetters = 500_000

/** What it has said so far; asked for as long as it goes on, and once more after its end. */
function useOutput(id: string, isRunning: boolean): string {
  const [text, setText] = useState("")
  const at = useRef(0)
  const isLive = useIsLive()
  useEffect(() => {
    if (!isLive) return
    let timer = 0
    let isOver = false
    const read = async () => {
      const said = await api.drillOutput(id, at.current).catch(() => undefined)
      if (isOver) return
      if (said !== undefined && said.text !== "") {
        at.current = said.next
        setText(before => `${before}${said.text}`.slice(-mostLetters))
      }
      if (isRunning || (said !== undefined && said.text !== "")) timer = window.setTimeout(read, everyMs)
    }
    void read()
    return () => {
      isOver = true
      clearTimeout(timer)
    }
  }, [id, isRunning, isLive])
  return text
}

/** The one page that needs nothing else. It has scripts of its own, so it is opened elsewhere, not in here. */
async function save(id: string): Promise<void> {
  saveFile(`${id}.html`, await api.drillPage(id))
}
