import { Component, type ReactNode } from "react"

type Props = { readonly children: ReactNode; readonly instead: ReactNode }

/** What cannot be drawn takes itself away, not the page around it. React has this for classes alone. */
export class Boundary extends Component<Props, { readonly isBroken: boolean }> {
  override state = { isBroken: false }

  static getDerivedStateFromError() {
    return { isBroken: true }
  }

  override render() {
    return this.state.isBroken ? this.props.instead : this.props.children
  }
}
