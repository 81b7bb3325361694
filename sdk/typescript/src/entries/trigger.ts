/** Triggers and their types. @module */
export type { BoundTrigger, TriggerConfig, TriggerHandler } from '../trigger_type.ts'
export type { Trigger } from '../types.ts'
