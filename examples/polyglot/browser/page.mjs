// The worker `shop`: this page.

import { registerWorker } from 'iii-kit'

const engine = new URLSearchParams(location.search).get('engine') ?? 'ws://127.0.0.1:49134'
const iii = registerWorker(engine, { workerName: 'shop' })

await iii.registerFunction('shop::confirm', async ({ text }) => {
  const line = document.createElement('li')
  line.textContent = text
  document.querySelector('#orders').append(line)
  return { shown: document.querySelector('#orders').innerText }
})

await iii.registerFunction('shop::checkout', async (order, ctx) => {
  // TypeScript on Node answers this one.
  const placed = await ctx.trigger({ function_id: 'orders::place', payload: order })
  const hop = { language: 'browser', trace: ctx.traceId }
  return { ...placed, path: [hop, ...placed.path] }
})
