import { Inspector } from "../picture/inspector.tsx"

export function InstancePage({ id }: { id: string }) {
  return (
    <div className="single">
      <Inspector id={id} canClose={false} />
    </div>
  )
}
