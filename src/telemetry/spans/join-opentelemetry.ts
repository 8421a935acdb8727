import { AsyncLocalStorage } from "node:async_hooks"
import {
  type Context,
  type ContextManager,
  context,
  createContextKey,
  ProxyTracerProvider,
  ROOT_CONTEXT,
  type SpanOptions,
  type Tracer,
  trace,
} from "@opentelemetry/api"
import { RecordedSpan } from "./recorded-span.ts"

/**
 * Takes the places in OpenTelemetry's API that nobody has: the app's own spans then nest in those of its requests. Where the
 * app brought an SDK, that keeps its place, and gets the spans of requests and statements as well: its tracer is returned.
 * To be called when the app is loaded; safe to repeat.
 */
export function joinOpenTelemetry(): Tracer | undefined {
  if (!carriesContext()) context.setGlobalContextManager(new AsyncContexts())
  const provider = registered()
  if (provider === undefined) trace.setGlobalTracerProvider(ourProvider)
  return provider === undefined || provider === ourProvider ? undefined : trace.getTracer("banyan")
}

/** Spans within a request are noted in its record; there is nobody to tell of others. */
class RecordingTracer implements Tracer {
  startSpan(name: string, options: SpanOptions = {}, within: Context = context.active()) {
    const parent = options.root === true ? undefined : trace.getSpan(within)
    const span = parent instanceof RecordedSpan ? parent.child(name.slice(0, 200)) : undefined
    return span ?? nobodys.startSpan(name, options, within)
  }

  startActiveSpan<T extends (span: ReturnType<Tracer["startSpan"]>) => unknown>(
    name: string,
    ...rest: [T] | [SpanOptions, T] | [SpanOptions, Context, T]
  ): ReturnType<T> {
    const work = rest.at(-1) as (span: ReturnType<Tracer["startSpan"]>) => ReturnType<T>
    const options = rest.length > 1 ? (rest[0] as SpanOptions) : {}
    const outer = rest.length > 2 ? (rest[1] as Context) : context.active()
    const span = this.startSpan(name, options, outer)
    return context.with(trace.setSpan(outer, span), work, undefined, span)
  }
}

/** The API's own, for as long as nothing is registered: spans that carry their parent's identity and do nothing. */
const nobodys = new ProxyTracerProvider().getTracer("banyan")
const ourTracer = new RecordingTracer()
const ourProvider = { getTracer: () => ourTracer as Tracer }

/** The context of each chain of calls, as `@opentelemetry/context-async-hooks` has it; event emitters are not bound. */
class AsyncContexts implements ContextManager {
  readonly #storage = new AsyncLocalStorage<Context>()

  active(): Context {
    return this.#storage.getStore() ?? ROOT_CONTEXT
  }

  with<A extends unknown[], F extends (...args: A) => ReturnType<F>>(
    within: Context,
    work: F,
    thisArg?: ThisParameterType<F>,
    ...args: A
  ): ReturnType<F> {
    const call = (thisArg === undefined ? work : work.bind(thisArg)) as (...given: A) => ReturnType<F>
    return this.#storage.run(within, call, ...args)
  }

  bind<T>(within: Context, target: T): T {
    if (typeof target !== "function") return target
    const storage = this.#storage
    return function (this: unknown, ...args: unknown[]) {
      return storage.run(within, () => target.apply(this, args))
    } as T
  }

  enable(): this {
    return this
  }

  disable(): this {
    this.#storage.disable()
    return this
  }
}

const probe = createContextKey("banyan probe")

function carriesContext(): boolean {
  const found = ROOT_CONTEXT.setValue(probe, true)
  return context.with(found, () => context.active().getValue(probe) === true)
}

/** What is registered as provider; undefined: nothing is. Another copy of the API has a proxy of its own. */
function registered(): unknown {
  const provider = trace.getTracerProvider() as Partial<ProxyTracerProvider>
  const behind = provider.getDelegate?.() ?? provider
  return behind.constructor?.name === "NoopTracerProvider" ? undefined : behind
}
