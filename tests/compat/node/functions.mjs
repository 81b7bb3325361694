// Short words for what most checks do with functions.

import { eventually, Inbox } from './checks.mjs'

export async function listed({ call }, functionId) {
  const { functions } = await call('engine::functions::list', {})
  return functions.find((f) => f.function_id === functionId)
}

/** Registers a function and waits until it can be found. */
export async function serve(world, functionId, handler, options) {
  const reference = world.provider.registerFunction(functionId, handler, options)
  await eventually(functionId, () => listed(world, functionId))
  return reference
}

export async function failure({ call }, functionId, payload, more) {
  let answer
  try {
    answer = await call(functionId, payload, more)
  } catch (error) {
    return error
  }
  throw new Error(`${functionId} answered ${JSON.stringify(answer)} instead of failing`)
}

/** Serves a function that collects what it is given. */
export async function collector(world, functionId) {
  const inbox = new Inbox()
  await serve(world, functionId, async (data) => inbox.put(data))
  return inbox
}
