import { Boundary } from "./parts/boundary.tsx"
import { Icon, type IconName, Mark } from "./parts/icons.tsx"
import { SignInDialog } from "./parts/sign-in-form.tsx"
import { Link, useArrival, usePlace } from "./router.tsx"
import { isOnline } from "./state/online.ts"
import { useStore } from "./store.ts"
import { BrokenView } from "./views/broken-view.tsx"
import { CafeView } from "./views/cafe-view.tsx"
import { FeedView } from "./views/feed-view.tsx"
import { LostView } from "./views/lost-view.tsx"
import { NearView } from "./views/near-view.tsx"
import { PersonView } from "./views/person-view.tsx"
import { SearchView } from "./views/search-view.tsx"
import { YouView } from "./views/you-view.tsx"
import { useWords } from "./words/words.ts"

/** The frame around every view. */
export function App() {
  const words = useWords()
  const isReachable = useStore(isOnline)
  const { path } = usePlace()
  useArrival()
  return (
    <>
      <a className="skip" href="#content">
        {words.skip}
      </a>
      <header className="top">
        <Link href="/" className="brand">
          <Mark />
          Beigel
        </Link>
        <Navigation />
      </header>
      <p className={isReachable ? "hidden" : "offline"} role="status">
        {!isReachable && words.offline}
      </p>
      <main id="content" tabIndex={-1}>
        <Boundary key={path} instead={<BrokenView />}>
          <View />
        </Boundary>
      </main>
      <SignInDialog />
    </>
  )
}

const tabs = [
  ["/", "near"],
  ["/feed", "feed"],
  ["/search", "search"],
  ["/you", "you"],
] as const satisfies readonly (readonly [string, IconName])[]

function Navigation() {
  const words = useWords()
  const { path } = usePlace()
  return (
    <nav className="tabs" aria-label={words.nav.label}>
      {tabs.map(([href, name]) => (
        <Link key={href} href={href} className="tab" aria-current={path === href ? "page" : undefined}>
          <Icon name={name} />
          <span>{words.nav[name]}</span>
        </Link>
      ))}
    </nav>
  )
}

/** The addresses are those of `page/page-routes.ts`. */
function View() {
  const { path } = usePlace()
  const [, kind, id] = /^\/(cafes|people)\/([\w-]+)$/.exec(path) ?? []
  if (kind === "cafes") return <CafeView key={id} id={id!} />
  if (kind === "people") return <PersonView key={id} id={id!} />
  if (path === "/") return <NearView />
  if (path === "/feed") return <FeedView />
  if (path === "/search") return <SearchView />
  if (path === "/you") return <YouView />
  return <LostView />
}
