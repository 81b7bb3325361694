/** Handles and states. @module */
export type { IIIConnectionState } from '../connection/connection.ts'
export type { FunctionRef, TriggerTypeRef } from '../types.ts'
