import { useState } from "react"
import { live } from "../service/live.ts"
import { Dialog } from "./dialog.tsx"

export function Unlock() {
  const [token, setToken] = useState("")
  return (
    <Dialog title="This page needs its token" onClose={() => {}} canClose={false}>
      <p>
        Open the address that <code>npx banyan status</code> prints, or paste the token here.
      </p>
      <form
        className="row"
        onSubmit={event => {
          event.preventDefault()
          live.unlock(token)
        }}
      >
        <input
          type="password"
          aria-label="Token"
          autoComplete="off"
          spellCheck={false}
          required
          value={token}
          onChange={event => setToken(event.target.value)}
        />
        <button type="submit" className="main">
          Open
        </button>
      </form>
    </Dialog>
  )
}
