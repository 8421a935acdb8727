import { useEffect, useId, useRef, useState } from "react"
import { useList } from "../api/lists.ts"
import type { Cafe } from "../api/types.ts"
import { useOutlines } from "../map/outlines.ts"
import { unproject } from "../map/projection.ts"
import { CafeRow } from "../parts/cafe-row.tsx"
import { Endless } from "../parts/endless.tsx"
import { Icon } from "../parts/icons.tsx"
import { Empty } from "../parts/notice.tsx"
import { goTo, usePlace } from "../router.tsx"
import { lookFrom } from "../state/place.ts"
import { useWords } from "../words/words.ts"
import { Heading } from "./heading.tsx"

const REST_MS = 150
const MAX_PLACES = 4

/** Cafés by name and neighborhoods, as one types. What is looked for stands in the address. */
export function SearchView() {
  const words = useWords()
  const asked = usePlace().query.get("q")?.trim() ?? ""
  const [typed, setTyped] = useState(asked)
  const input = useRef<HTMLInputElement>(null)
  const id = useId()
  // By the history's buttons another question may come.
  useEffect(() => setTyped(before => (before.trim() === asked ? before : asked)), [asked])
  useEffect(() => {
    const timer = setTimeout(() => {
      const q = typed.trim()
      if (q !== asked) goTo(q === "" ? "/search" : `/search?q=${encodeURIComponent(q)}`, { replace: true })
    }, REST_MS)
    return () => clearTimeout(timer)
  }, [typed, asked])
  const ask = (q: string) => {
    setTyped(q)
    input.current!.focus()
  }
  return (
    <div className="column">
      <Heading title={words.search.title} />
      <search className="search-box">
        <label className="hidden" htmlFor={id}>
          {words.search.label}
        </label>
        <span className="search-icon">
          <Icon name="search" />
        </span>
        <input
          id={id}
          ref={input}
          type="search"
          dir="auto"
          maxLength={100}
          autoComplete="off"
          enterKeyHint="search"
          placeholder={words.search.label}
          value={typed}
          onChange={event => setTyped(event.target.value)}
        />
        {typed !== "" && (
          <button
            type="button"
            className="icon-button"
            aria-label={words.search.clear}
            onClick={() => ask("")}
          >
            <Icon name="close" />
          </button>
        )}
      </search>
      {asked === "" ? <Ideas onIdea={ask} /> : <Found key={asked} q={asked} />}
    </div>
  )
}

function Ideas({ onIdea }: { onIdea: (q: string) => void }) {
  const words = useWords()
  return (
    <div className="ideas">
      <h2>{words.search.ideas}</h2>
      {words.search.idea.map(idea => (
        <button key={idea} type="button" className="button pill" onClick={() => onIdea(idea)}>
          {idea}
        </button>
      ))}
    </div>
  )
}

function Found({ q }: { q: string }) {
  const words = useWords()
  const path = `/api/cafes?q=${encodeURIComponent(q)}&limit=20`
  const list = useList<Cafe>(path)
  const { items, state, nextCursor } = list
  return (
    <>
      <Areas q={q} />
      <p className="hidden" role="status">
        {state === "ready" && words.search.found(items.length, nextCursor !== null)}
      </p>
      <h2>{words.search.cafes}</h2>
      <Endless
        path={path}
        list={list}
        label={words.search.cafes}
        kind="row"
        draw={cafe => <CafeRow key={cafe.id} cafe={cafe} />}
        empty={<Empty title={words.search.none(q)} hint={words.search.noneHint} />}
      />
    </>
  )
}

/** Neighborhoods are few and here already: the page looks through them itself. */
function Areas({ q }: { q: string }) {
  const words = useWords()
  const wanted = q.toLowerCase()
  const areas = (useOutlines()?.areas ?? [])
    .filter(({ name }) => name !== "" && name.toLowerCase().includes(wanted))
    .toSorted((a, b) => rank(a.name, wanted) - rank(b.name, wanted))
    .slice(0, MAX_PLACES)
  if (areas.length === 0) return null
  return (
    <section className="areas">
      <h2>{words.search.places}</h2>
      {areas.map(({ name, at }) => (
        <button
          key={name + at.join()}
          type="button"
          className="button pill"
          onClick={() => {
            lookFrom(unproject(...at))
            goTo("/")
          }}
        >
          <Icon name="near" />
          {name}
        </button>
      ))}
    </section>
  )
}

/** What begins with the words comes before what contains them. */
function rank(name: string, wanted: string): number {
  return name.toLowerCase().startsWith(wanted) ? 0 : 1
}
