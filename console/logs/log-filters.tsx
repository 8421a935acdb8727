import { Icon } from "../frame/icon.tsx"
import { setParams, useParam } from "../frame/router.ts"
import { Toggle } from "../frame/toggle.tsx"
import { toggled, wordsIn } from "./filter.ts"

const tiers = ["edge", "web", "data", "control"]
const levels = ["error", "warn", "info", "debug"]

/** Everything by which lines can be chosen; what is chosen stands in the address. */
export function LogFilters({ logs }: { logs: readonly string[] }) {
  const [of] = useParam("of")
  const [kind, setKind] = useParam("kind")
  const [request, setRequest] = useParam("request")
  const names = [...logs, ...wordsIn(of).filter(each => !logs.includes(each))]
  return (
    <div className="log-filters">
      {request !== "" && (
        <Toggle isOn onClick={() => setRequest("")}>
          request <code dir="auto">{request}</code>
          <Icon name="close" />
          <span className="hidden">of all requests</span>
        </Toggle>
      )}
      <Chips title="Tiers" name="tier" words={tiers} />
      <Chips title="Levels" name="level" words={levels} />
      <fieldset className="chips" aria-label="Kinds">
        {["requests", "messages"].map(each => (
          <Toggle key={each} isOn={kind === each} onClick={() => setKind(kind === each ? "" : each)}>
            {each}
          </Toggle>
        ))}
      </fieldset>
      <Chips title="Logs" name="of" words={names} />
    </div>
  )
}

function Chips({ title, name, words }: { title: string; name: string; words: readonly string[] }) {
  const [chosen] = useParam(name)
  return (
    <fieldset className="chips" aria-label={title}>
      {words.map(word => (
        <Toggle
          key={word}
          isOn={wordsIn(chosen).includes(word)}
          onClick={() => setParams({ [name]: toggled(chosen, word) })}
        >
          {word}
        </Toggle>
      ))}
    </fieldset>
  )
}
