import { useEffect, useState } from "react"
import { Actions } from "../actions/actions.tsx"
import { useLive } from "../service/live.ts"
import { failedOf } from "../service/view.ts"
import { count } from "../words/numbers.ts"
import { Boundary } from "./boundary.tsx"
import { Help } from "./help.tsx"
import { Icon, Mark } from "./icon.tsx"
import { Link } from "./link.tsx"
import { Page } from "./page.tsx"
import { pageOf, pages } from "./pages.ts"
import { Palette } from "./palette.tsx"
import { usePath } from "./router.ts"
import { Status } from "./status.tsx"
import { nextTheme, useTheme } from "./theme.ts"
import { Tour } from "./tour.tsx"
import { Unlock } from "./unlock.tsx"
import { useCommands } from "./use-commands.ts"
import { useKeys } from "./use-keys.ts"

export function App() {
  const [open, setOpen] = useState<"palette" | "help" | undefined>()
  const path = usePath()
  const isKnown = useLive(({ view }) => view !== undefined)
  const isLocked = useLive(({ connection }) => connection === "locked")
  const commands = useCommands()
  useKeys(setOpen)
  useTitle(path)
  return (
    <div className="frame">
      <a className="skip" href="#page">
        Skip to the page
      </a>
      <TopBar onPalette={() => setOpen("palette")} />
      <Menu path={path} />
      <main id="page" tabIndex={-1}>
        {isKnown && <Tour />}
        {isKnown ? (
          <Boundary what={path}>
            <Page path={path} />
          </Boundary>
        ) : (
          <p className="waiting quiet">Asking the control plane …</p>
        )}
      </main>
      <Boundary what="actions">
        <Actions />
      </Boundary>
      {open === "palette" && <Palette commands={commands} onClose={() => setOpen(undefined)} />}
      {open === "help" && <Help onClose={() => setOpen(undefined)} />}
      {isLocked && <Unlock />}
    </div>
  )
}

function TopBar({ onPalette }: { onPalette: () => void }) {
  const name = useLive(({ view }) => view?.state.service.name ?? "Banyan")
  const url = useLive(({ view }) => view?.state.service.url)
  const stage = useLive(({ view }) => view?.state.stage)
  const theme = useTheme()
  return (
    <header className="top">
      <Link href="/" className="home" aria-label="Picture">
        <Mark />
      </Link>
      <div className="title">
        <h1 dir="auto">{name}</h1>
        {url && (
          <a href={url} target="_blank" rel="noreferrer">
            {url.replace(/^https?:\/\//, "")}
          </a>
        )}
      </div>
      {stage && (
        <Link href="/ladder" className="stage-chip">
          {stage}
        </Link>
      )}
      <span className="space" />
      <Failed />
      <Status />
      <button type="button" className="bare search" onClick={onPalette} aria-label="Ctrl K: go to, or do">
        <Icon name="search" />
        <kbd>Ctrl K</kbd>
      </button>
      <button
        type="button"
        className="bare"
        onClick={nextTheme}
        aria-label={`Theme: ${theme}`}
        title={`Theme: ${theme}`}
      >
        <Icon name={theme} />
      </button>
    </header>
  )
}

/** The number that must stay 0, in sight on every page. */
function Failed() {
  const failed = useLive(({ view }) => (view === undefined ? undefined : failedOf(view.state)))
  const before = useLive(({ view }) => view?.failedBefore ?? 0)
  if (failed === undefined) return null
  const fresh = failed - before
  const title = `${count(failed)} since this control plane started, ${count(fresh)} since this page was opened`
  return (
    <p
      className={`failed ${fresh > 0 ? "bad" : failed > 0 ? "" : "good"}`}
      title={title}
      data-failed={failed}
    >
      <b>{count(failed)}</b> failed
    </p>
  )
}

function Menu({ path }: { path: string }) {
  const current = pageOf(path)?.page
  return (
    <nav className="menu" aria-label="Pages">
      {pages.map(page => (
        <Link
          key={page.path}
          href={page.path}
          aria-current={page.path === current ? "page" : undefined}
          title={page.words}
        >
          <Icon name={page.path} />
          <span>{page.title}</span>
        </Link>
      ))}
    </nav>
  )
}

function useTitle(path: string): void {
  const name = useLive(({ view }) => view?.state.service.name)
  const found = pageOf(path)
  const title = found?.id ?? pages.find(each => each.path === found?.page)?.title ?? "Banyan"
  useEffect(() => {
    document.title = name === undefined ? title : `${title} · ${name}`
  }, [name, title])
}
