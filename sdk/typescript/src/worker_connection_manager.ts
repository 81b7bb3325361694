/** What the functions are given that decide who may do what. */

import type { TriggerAction } from './trigger.ts'

/** What an authorization function is given when a worker connects. */
export interface AuthInput {
  headers: Record<string, string>
  query_params: Record<string, string[]>
  ip_address: string
}

/** What it answers. */
export interface AuthResult {
  allowed_functions?: string[]
  forbidden_functions?: string[]
  allowed_trigger_types?: string[]
  allow_trigger_type_registration?: boolean
  allow_function_registration?: boolean
  context?: Record<string, unknown>
  function_registration_prefix?: string
}

/** What a middleware function is given in the place of the called one. */
export interface MiddlewareFunctionInput {
  function_id: string
  payload: Record<string, unknown>
  action?: TriggerAction
  context: Record<string, unknown>
}

export interface OnTriggerTypeRegistrationInput {
  trigger_type_id: string
  description: string
  context: Record<string, unknown>
}

export interface OnTriggerTypeRegistrationResult {
  trigger_type_id?: string
  description?: string
}

export interface OnTriggerRegistrationInput {
  trigger_id: string
  trigger_type: string
  function_id: string
  config: unknown
  metadata?: Record<string, unknown>
  context: Record<string, unknown>
}

export interface OnTriggerRegistrationResult {
  trigger_id?: string
  trigger_type?: string
  function_id?: string
  config?: unknown
}

export interface OnFunctionRegistrationInput {
  function_id: string
  description?: string
  metadata?: Record<string, unknown>
  context: Record<string, unknown>
}

export interface OnFunctionRegistrationResult {
  function_id?: string
  description?: string
  metadata?: Record<string, unknown>
}
