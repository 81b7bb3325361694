// What runs in the page: the driver, on the entry for browsers.

import { Driver } from '/driver/driver.mjs'
import * as kit from '/kit/browser.js'
import * as helpers from '/kit/helpers.js'

const driver = new Driver({
  kit,
  helpers,
  follows: false,
  about: { language: 'typescript (browser)', features: ['mint'], origin: location.origin },
  write: (line) => globalThis.say(JSON.stringify(line)),
})

globalThis.hear = (line) => void driver.answer(line)
globalThis.leave = () => driver.shutDownAll()
globalThis.say('')
