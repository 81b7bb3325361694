/** Where telemetry of code goes that belongs to no client in particular. */

import type { Telemetry } from './telemetry.ts'

const clients: Telemetry[] = []
let everything: Telemetry | undefined

/** A client lives. */
export function addTelemetry(telemetry: Telemetry): void {
  clients.push(telemetry)
}

/** A client has ended. */
export function removeTelemetry(telemetry: Telemetry): void {
  const at = clients.indexOf(telemetry)
  if (at >= 0) clients.splice(at, 1)
}

/** `initOtel` has made a connection for the whole process, or has ended it. */
export function useForEverything(telemetry: Telemetry | undefined): void {
  everything = telemetry
}

/** That of the whole process, else that of the newest client. */
export function telemetryHere(): Telemetry | undefined {
  return everything ?? clients[clients.length - 1]
}

/** All there are. */
export function allTelemetry(): readonly Telemetry[] {
  return everything === undefined ? clients : [everything, ...clients]
}
