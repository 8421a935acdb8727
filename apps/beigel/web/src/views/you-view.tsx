import type { User } from "../api/types.ts"
import { Avatar } from "../parts/avatar.tsx"
import { Empty } from "../parts/notice.tsx"
import { Segments } from "../parts/segments.tsx"
import { SignInForm } from "../parts/sign-in-form.tsx"
import { Link } from "../router.tsx"
import { leave, me } from "../state/me.ts"
import { isOnline } from "../state/online.ts"
import { type Language, type Settings, settings, type Theme } from "../state/settings.ts"
import { useStore } from "../store.ts"
import { languages, useWords } from "../words/words.ts"
import { Heading } from "./heading.tsx"
import { PostsOf } from "./person-view.tsx"

/** One's own place: who one is, what one wrote, how the page looks. */
export function YouView() {
  const words = useWords()
  const user = useStore(me)
  return (
    <div className="column">
      {user ? <Somebody user={user} /> : user === null && <Nobody />}
      <h2>{words.you.settings}</h2>
      <Choices />
      {user && (
        <PostsOf
          id={user.id}
          label={words.you.yourPosts}
          empty={
            <Empty title={words.you.none} hint={words.you.noneHint}>
              <Link href="/" className="button primary">
                {words.feed.findCafe}
              </Link>
            </Empty>
          }
        />
      )}
    </div>
  )
}

function Somebody({ user }: { user: User }) {
  const words = useWords()
  const isReachable = useStore(isOnline)
  return (
    <header className="person">
      <Avatar handle={user.handle} large />
      <Heading title={user.handle} />
      <button type="button" className="button" disabled={!isReachable} onClick={() => void leave()}>
        {words.you.signOut}
      </button>
    </header>
  )
}

function Nobody() {
  const words = useWords()
  return (
    <div className="welcome">
      <Heading title={words.you.welcome} />
      <p className="quiet">{words.you.why}</p>
      <SignInForm />
    </div>
  )
}

function Choices() {
  const words = useWords()
  const chosen = useStore(settings)
  const choose = (change: Partial<Settings>) => settings.update(old => ({ ...old, ...change }))
  return (
    <div className="choices">
      <div className="choice">
        <span>{words.you.language}</span>
        <Segments<Language | null>
          label={words.you.language}
          options={[
            [null, words.you.system],
            ["en", languages.en.language],
            ["ko", languages.ko.language],
          ]}
          value={chosen.language}
          onChoose={language => choose({ language })}
        />
      </div>
      <div className="choice">
        <span>{words.you.theme}</span>
        <Segments<Theme | null>
          label={words.you.theme}
          options={[
            [null, words.you.system],
            ["light", words.you.light],
            ["dark", words.you.dark],
          ]}
          value={chosen.theme}
          onChoose={theme => choose({ theme })}
        />
      </div>
    </div>
  )
}
