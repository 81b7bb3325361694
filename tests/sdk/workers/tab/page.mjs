// A page that is a worker: it shows what others tell it, and says how its connection is.

import { registerWorker } from '/kit/browser.js'

const engine = new URL(location.href).searchParams.get('engine')
const iii = registerWorker(engine, { workerName: 'tab' })
iii.registerFunction('page::show', async ({ text }) => {
  document.querySelector('#shown').textContent = text
  return { title: document.title }
})
iii.registerFunction('page::ready', async () => 'ready')

iii.addConnectionStateListener(async (state) => {
  // What can be called through the engine is registered there.
  if (state === 'connected') globalThis.say(await iii.trigger({ function_id: 'page::ready' }))
  else globalThis.say(state)
})
globalThis.knock = (url) =>
  new Promise((resolve) => {
    const socket = new WebSocket(url)
    socket.onopen = () => resolve('admitted')
    socket.onerror = () => resolve('refused')
  })

// The first word says that the page runs.
globalThis.say('')
