import { useParam } from "./router.ts"

/** Where `/` leads: what is sought on this page, as `q` in the address. */
export function SearchField({ label, placeholder }: { label: string; placeholder: string }) {
  const [text, setText] = useParam("q")
  return (
    <input
      type="search"
      aria-label={label}
      placeholder={placeholder}
      value={text}
      maxLength={200}
      onChange={event => setText(event.target.value)}
    />
  )
}
