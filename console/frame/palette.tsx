import { useId, useRef, useState } from "react"
import { Dialog } from "./dialog.tsx"
import { type Command, matching } from "./palette-match.ts"

/** Everything that can be opened or done, found by a few letters. */
export function Palette({ commands, onClose }: { commands: readonly Command[]; onClose: () => void }) {
  const [text, setText] = useState("")
  const [at, setAt] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const id = useId()
  const found = matching(commands, text).slice(0, 60)
  const chosen = Math.min(at, found.length - 1)
  const run = (command: Command | undefined) => {
    if (command === undefined) return
    onClose()
    command.run()
  }
  const move = (by: number) => {
    const next = (chosen + by + found.length) % Math.max(1, found.length)
    setAt(next)
    list.current?.children[next]?.scrollIntoView({ block: "nearest" })
  }
  const keys: Readonly<Record<string, () => void>> = {
    arrowdown: () => move(1),
    arrowup: () => move(-1),
    enter: () => run(found[chosen]),
    escape: onClose,
  }
  return (
    <Dialog title="Go to, or do" onClose={onClose} className="palette">
      <input
        autoFocus
        role="combobox"
        aria-label="Command"
        aria-expanded="true"
        aria-controls={`${id}-list`}
        aria-activedescendant={found.length === 0 ? undefined : `${id}-${chosen}`}
        placeholder="web-2, grow, charts …"
        value={text}
        onChange={event => {
          setText(event.target.value)
          setAt(0)
        }}
        onKeyDown={event => {
          const act = keys[event.key.toLowerCase()]
          if (act === undefined) return
          event.preventDefault()
          act()
        }}
      />
      <div ref={list} id={`${id}-list`} role="listbox" aria-label="Commands">
        {found.map((command, index) => (
          <div
            key={`${command.title} ${command.hint}`}
            id={`${id}-${index}`}
            role="option"
            tabIndex={-1}
            aria-selected={index === chosen}
            onPointerMove={() => setAt(index)}
            onClick={() => run(command)}
            onKeyDown={() => {}}
          >
            <span>{command.title}</span>
            <span className="quiet">{command.hint}</span>
          </div>
        ))}
      </div>
      {found.length === 0 && <p className="quiet">Nothing is called so.</p>}
    </Dialog>
  )
}
