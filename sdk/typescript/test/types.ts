/** Types, checked by compiling: what is inferred, and what must not compile. */

import { z } from 'zod'
import type { IIIClient as CompatClient } from '../src/compat.ts'
import type {
  BoundTrigger,
  Context,
  EnqueueResult,
  FromJsonSchema,
  FunctionRef,
  IIIClient,
  InvocationError,
  NodeChannelReader,
} from '../src/node.ts'
import { http, queue, state, stream } from '../src/node.ts'

type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Compiles only where the two types are the same. */
declare function same<A, B>(..._: Equal<A, B> extends true ? [] : ['the types differ']): void

declare const iii: IIIClient
declare const compat: CompatClient

export function schemas(): void {
  // JSON Schema: the handler's input and output are inferred, without `as const`.
  iii.registerFunction(
    'orders::validate',
    (order, context) => {
      same<typeof order, { id: string; lines: { sku: string; count?: number }[]; note?: string }>()
      same<typeof context, Context>()
      return { ok: true }
    },
    {
      request_format: {
        type: 'object',
        properties: {
          id: { type: 'string' },
          lines: {
            type: 'array',
            items: {
              type: 'object',
              properties: { sku: { type: 'string' }, count: { type: 'integer' } },
              required: ['sku'],
            },
          },
          note: { type: 'string' },
        },
        required: ['id', 'lines'],
      },
      response_format: { type: 'object', properties: { ok: { type: 'boolean' } } },
    },
  )

  // zod: what the schema makes of the input; and the output is checked.
  const request_format = z.object({ id: z.string(), count: z.number().default(1) })
  const response_format = z.object({ total: z.number() })
  iii.registerFunction(
    'orders::total',
    async (order) => {
      same<typeof order, { id: string; count: number }>()
      return { total: order.count }
    },
    { request_format, response_format },
  )
  // @ts-expect-error the output does not fit the response schema
  iii.registerFunction('a::b', async () => ({ total: 'x' }), { request_format, response_format })
  // @ts-expect-error the input does not fit the request schema
  iii.registerFunction('a::b', async (order: { id: number }) => order.id, { request_format })

  // No schema: the annotation counts, and without one nothing is known.
  iii.registerFunction('a::b', async (input: { name: string }) => input.name)
  iii.registerFunction('a::b', (input) => same<typeof input, unknown>())
  iii.registerFunction('a::b', async (input: { name: string }) => input.name, {
    request_format: { type: 'object', properties: { name: { type: 'string' } } },
  })
  // @ts-expect-error options are known by name
  iii.registerFunction('a::b', async () => 1, { descriptoin: 'x' })
}

export function jsonSchemas(): void {
  same<FromJsonSchema<{ enum: ['a', 'b'] }>, 'a' | 'b'>()
  same<FromJsonSchema<{ const: 7 }>, 7>()
  same<FromJsonSchema<{ type: ['string', 'null'] }>, string | null>()
  same<FromJsonSchema<{ anyOf: [{ type: 'number' }, { type: 'boolean' }] }>, number | boolean>()
  same<
    FromJsonSchema<{ type: 'object'; additionalProperties: { type: 'number' } }>,
    { [key: string]: number }
  >()
  same<FromJsonSchema<true>, unknown>()
}

export async function calls(): Promise<void> {
  const nothingKnown = await iii.trigger({ function_id: 'a::b' })
  same<typeof nothingKnown, unknown>()
  const total = await iii.trigger<number>({ function_id: 'a::b', payload: 1 })
  same<typeof total, number>()
  const both = await iii.trigger<{ id: string }, number>({
    function_id: 'a::b',
    payload: { id: 'x' },
  })
  same<typeof both, number>()
  // @ts-expect-error the payload does not fit
  await iii.trigger<{ id: string }, number>({ function_id: 'a::b', payload: { id: 1 } })
  // @ts-expect-error a function is called by its id
  await iii.trigger({ payload: 1 })
  const loose = await compat.trigger({ function_id: 'a::b', payload: {} })
  loose.whatever.comes()
}

export async function registrations(): Promise<void> {
  const later = iii.registerFunction('a::b', async () => 1)
  same<typeof later.id, string>()
  const ref = await later
  same<typeof ref, FunctionRef>()
  iii.registerTriggerType<{ volume: number }>(
    { id: 'bell' },
    {
      registerTrigger: (trigger) => same<typeof trigger, BoundTrigger<{ volume: number }>>(),
      unregisterTrigger: async () => undefined,
    },
  )
  iii.registerTrigger({ type: 'cron', function_id: 'a::b', config: { expression: '* * * * *' } })
}

export async function helpers(context: Context): Promise<void> {
  const orders = state<{ total: number }>(context, 'orders')
  const order = await orders.get('7')
  same<typeof order, { total: number } | undefined>()
  // @ts-expect-error the value does not fit the scope
  await orders.set('7', { total: 'x' })
  const receipt = await queue(iii, 'payments').enqueue('orders::charge', { id: 7 })
  same<typeof receipt, EnqueueResult>()
  const messages = await stream<{ text: string }>(iii, 'chat').list('room')
  same<typeof messages, { text: string }[]>()
  iii.registerFunction(
    'shop::upload',
    http<{ name: string }>(async (request, response) => {
      same<typeof request.body, { name: string }>()
      same<typeof request.request_body, NodeChannelReader>()
      response.status(206)
      response.stream.end('done')
    }),
  )
}

export function errors(error: InvocationError): void {
  same<typeof error.code, string>()
  // @ts-expect-error codes are not changed
  error.code = 'x'
}
