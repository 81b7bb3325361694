/** Puts a tracer in place where the program has set none up. */

import { type Api, registeredApi, useOwn } from '../otel/api.ts'
import { telemetryHere } from './live.ts'
import { telemetryPlatform } from './platform.ts'
import { w3cPropagator } from './propagator.ts'
import { engineTracers } from './tracer.ts'

let users = 0
let undo: (() => void) | undefined

/** Spans are wanted. */
export function startTracing(): void {
  users += 1
  const here = telemetryPlatform()
  if (users > 1 || here === undefined || registeredApi()?.trace !== undefined) return
  const tracers = engineTracers(telemetryHere)
  const manager = here.contexts()
  const api = here.api()
  if (api === undefined) {
    const parts: Api = { trace: tracers, context: manager }
    useOwn(parts)
    undo = () => useOwn(undefined)
    return
  }
  // Libraries find it by the package, also those that asked for a tracer before.
  const contextsAreOurs = api.context.setGlobalContextManager(manager)
  const propagatorIsOurs = api.propagation.setGlobalPropagator(w3cPropagator)
  api.trace.setGlobalTracerProvider(tracers)
  undo = () => {
    api.trace.disable()
    if (contextsAreOurs) api.context.disable()
    if (propagatorIsOurs) api.propagation.disable()
  }
}

/** Spans are no longer wanted. */
export function stopTracing(): void {
  users -= 1
  if (users > 0) return
  undo?.()
  undo = undefined
}
