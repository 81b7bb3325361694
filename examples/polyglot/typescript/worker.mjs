// The worker `orders`: takes orders.

import { registerWorker } from 'iii-kit'

const iii = registerWorker(process.argv[2], { workerName: 'orders' })

await iii.registerFunction('orders::place', async (order, ctx) => {
  ctx.logger.info('placing', { id: order.id })
  // Rust answers this one ...
  const price = await ctx.trigger({ function_id: 'pricing::total', payload: order })
  const text = `${order.id}: ${(price.cents / 100).toFixed(2)} EUR`
  // ... and the browser tab this one.
  const confirmed = await ctx.trigger({ function_id: 'shop::confirm', payload: { text } })
  const hop = { language: 'typescript', trace: ctx.traceId }
  return { id: order.id, cents: price.cents, shown: confirmed.shown, path: [hop, ...price.path] }
})

process.on('SIGTERM', () => iii.shutdown())
