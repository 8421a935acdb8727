import { type FormEvent, useId, useState } from "react"
import { type Failure, failureOf } from "../api/call.ts"
import { enter, signInAsked } from "../state/me.ts"
import { useStore } from "../store.ts"
import { reasonOf, useWords } from "../words/words.ts"
import { Modal } from "./modal.tsx"
import { Segments } from "./segments.tsx"

type Way = "login" | "signup"

/** Asks for an account in front of what the reader was doing. */
export function SignInDialog() {
  const words = useWords()
  const asked = useStore(signInAsked)
  if (asked === null) return null
  return (
    <Modal title={words.you.welcome} onClose={() => signInAsked.set(null)}>
      <p className="quiet">{words.you.why}</p>
      <SignInForm />
    </Modal>
  )
}

export function SignInForm() {
  const words = useWords()
  const [way, setWay] = useState<Way>("login")
  const [isWorking, setWorking] = useState(false)
  const [failure, setFailure] = useState<Failure>()
  const id = useId()
  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const { handle, password } = Object.fromEntries(new FormData(event.currentTarget)) as Record<
      string,
      string
    >
    setWorking(true)
    setFailure(undefined)
    try {
      await enter(way, handle!.trim(), password!)
    } catch (error) {
      setFailure(failureOf(error))
      setWorking(false)
    }
  }
  return (
    <form className="sign-in" onSubmit={event => void submit(event)}>
      <Segments<Way>
        label={words.signIn.title}
        options={[
          ["login", words.signIn.title],
          ["signup", words.signIn.create],
        ]}
        value={way}
        onChoose={setWay}
      />
      <label htmlFor={`${id}-handle`}>{words.signIn.handle}</label>
      <input
        id={`${id}-handle`}
        name="handle"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        minLength={2}
        maxLength={32}
        aria-describedby={`${id}-hint`}
      />
      <p id={`${id}-hint`} className="hint quiet">
        {way === "signup" && words.signIn.handleHint}
      </p>
      <Password id={`${id}-password`} isNew={way === "signup"} />
      {failure !== undefined && (
        <p className="problem-line" role="alert">
          {reasonOf(failure, words)}
        </p>
      )}
      <button type="submit" className="button primary wide" disabled={isWorking}>
        {isWorking ? words.signIn.working : way === "login" ? words.signIn.title : words.signIn.create}
      </button>
    </form>
  )
}

function Password({ id, isNew }: { id: string; isNew: boolean }) {
  const words = useWords()
  const [isShown, setShown] = useState(false)
  return (
    <>
      <label htmlFor={id}>{words.signIn.password}</label>
      <div className="with-button">
        <input
          id={id}
          name="password"
          type={isShown ? "text" : "password"}
          autoComplete={isNew ? "new-password" : "current-password"}
          required
          minLength={8}
          maxLength={200}
          aria-describedby={`${id}-hint`}
        />
        <button
          type="button"
          className="text-button"
          aria-pressed={isShown}
          onClick={() => setShown(!isShown)}
        >
          {isShown ? words.signIn.hide : words.signIn.show}
        </button>
      </div>
      <p id={`${id}-hint`} className="hint quiet">
        {isNew && words.signIn.passwordHint}
      </p>
    </>
  )
}
