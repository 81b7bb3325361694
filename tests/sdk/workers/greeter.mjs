// A worker in an empty project: offers a function, calls it, ends by itself.

import { registerWorker } from 'iii-kit'

const iii = registerWorker(process.argv[2], { workerName: 'greeter' })
await iii.registerFunction('greet', async ({ name }) => ({ greeting: `hello ${name}` }))
const answer = await iii.trigger({ function_id: 'greet', payload: { name: 'ada' } })
console.log(JSON.stringify(answer))
await iii.shutdown()
