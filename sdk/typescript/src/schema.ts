/** Schemas of functions: what they say to the compiler, to the engine and about an input. */

import { InvocationError } from './errors.ts'
import { isObject } from './json.ts'

/** The outcome of a validation. */
export type StandardResult<Out> =
  | { readonly value: Out; readonly issues?: undefined }
  | {
      readonly issues: readonly {
        readonly message: string
        readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
      }[]
    }

/** A schema of zod, Valibot, ArkType or any other library of the Standard Schema family. */
export interface StandardSchema<In = unknown, Out = In> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => StandardResult<Out> | Promise<StandardResult<Out>>
    readonly types?: { readonly input: In; readonly output: Out } | undefined
  }
}

/** A JSON Schema. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown }

/** Whatever can describe an input or an output. */
export type Schema = StandardSchema | JsonSchema

type Simplify<T> = { [K in keyof T]: T[K] }

type Properties<P, Required extends PropertyKey> = Simplify<
  { -readonly [K in keyof P as K extends Required ? K : never]: FromJsonSchema<P[K]> } & {
    -readonly [K in keyof P as K extends Required ? never : K]?: FromJsonSchema<P[K]>
  }
>

type ObjectOf<S> = S extends { readonly properties: infer P }
  ? Properties<P, S extends { readonly required: readonly (infer R)[] } ? R & PropertyKey : never>
  : S extends { readonly additionalProperties: infer A extends object }
    ? { [key: string]: FromJsonSchema<A> }
    : { [key: string]: unknown }

type ByType<T, S> = T extends 'string'
  ? string
  : T extends 'number' | 'integer'
    ? number
    : T extends 'boolean'
      ? boolean
      : T extends 'null'
        ? null
        : T extends 'array'
          ? S extends { readonly items: infer I }
            ? FromJsonSchema<I>[]
            : unknown[]
          : T extends 'object'
            ? ObjectOf<S>
            : unknown

/**
 * The type that a JSON Schema describes, as far as types can say it.
 *
 * @example
 * ```ts
 * import type { FromJsonSchema } from 'iii-kit'
 * type Order = FromJsonSchema<{
 *   type: 'object'
 *   properties: { id: { type: 'string' }; lines: { type: 'array'; items: { type: 'number' } } }
 *   required: ['id']
 * }> // { id: string; lines?: number[] }
 * ```
 */
export type FromJsonSchema<S> = S extends { readonly const: infer C }
  ? C
  : S extends { readonly enum: readonly (infer E)[] }
    ? E
    : S extends { readonly anyOf: readonly (infer O)[] }
      ? FromJsonSchema<O>
      : S extends { readonly oneOf: readonly (infer O)[] }
        ? FromJsonSchema<O>
        : S extends { readonly type: readonly (infer T)[] }
          ? ByType<T, S>
          : S extends { readonly type: infer T }
            ? ByType<T, S>
            : S extends { readonly properties: unknown }
              ? ObjectOf<S>
              : unknown

/** What a handler is given under a request schema. */
export type InputOf<S> = S extends StandardSchema<infer _In, infer Out> ? Out : FromJsonSchema<S>

/** What a handler may return under a response schema. */
export type OutputOf<S> = S extends StandardSchema<infer In, infer _Out> ? In : FromJsonSchema<S>

export function isStandardSchema(schema: unknown): schema is StandardSchema {
  const type = typeof schema
  return (
    (type === 'object' || type === 'function') && schema !== null && '~standard' in Object(schema)
  )
}

/** How libraries of the family write themselves as JSON Schema. */
interface WritesJsonSchema {
  readonly '~standard': {
    readonly jsonSchema?: { input(options: { target: string }): unknown }
  }
  readonly toJSONSchema?: (options?: { io?: string }) => unknown
  readonly toJsonSchema?: () => unknown
}

/** The JSON Schema to announce; nothing when the library cannot write one. */
export function announced(schema: Schema | undefined): JsonSchema | undefined {
  if (schema === undefined) return undefined
  if (!isStandardSchema(schema)) return schema
  const library = schema as unknown as WritesJsonSchema
  try {
    const written =
      library['~standard'].jsonSchema?.input({ target: 'draft-2020-12' }) ??
      library.toJSONSchema?.({ io: 'input' }) ??
      library.toJsonSchema?.()
    return isObject(written) || typeof written === 'boolean' ? written : undefined
  } catch {
    // A schema with a part that JSON cannot say still validates.
    return undefined
  }
}

/** Checks an input, and gives what the schema makes of it. */
export function validate(schema: StandardSchema, value: unknown): unknown {
  const result = schema['~standard'].validate(value)
  return result instanceof Promise ? result.then(accepted) : accepted(result)
}

function accepted(result: StandardResult<unknown>): unknown {
  if (result.issues === undefined) return result.value
  const issues = result.issues.map(({ message, path }) => {
    const keys = path?.map((part) => String(typeof part === 'object' ? part.key : part)) ?? []
    return keys.length > 0 ? `\`${keys.join('.')}\`: ${message}` : message
  })
  throw new InvocationError({ code: 'INVALID_ARGUMENTS', message: issues.join('; ') })
}
