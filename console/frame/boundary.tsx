import { Component, type ReactNode } from "react"

type Props = {
  /** What stands here; another one gets another try. */
  readonly what: string
  readonly children: ReactNode
}
type State = { readonly brokenBy: string | undefined; readonly what: string }

/** What cannot be drawn says so in its own place, and the rest of the page goes on. React has this for classes alone. */
export class Boundary extends Component<Props, State> {
  override state: State = { brokenBy: undefined, what: this.props.what }

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { brokenBy: error instanceof Error ? error.message : String(error) }
  }

  static getDerivedStateFromProps({ what }: Props, state: State): Partial<State> | null {
    return what === state.what ? null : { what, brokenBy: undefined }
  }

  override render() {
    const { brokenBy } = this.state
    if (brokenBy === undefined) return this.props.children
    return (
      <section className="panel broken" role="alert">
        <h2>This cannot be shown</h2>
        <p>The service is not touched by it; everything else here goes on.</p>
        <p className="quiet">
          <code>{brokenBy}</code>
        </p>
        <button type="button" onClick={() => this.setState({ brokenBy: undefined })}>
          Try again
        </button>
      </section>
    )
  }
}
