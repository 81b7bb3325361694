/** Keeps scopes through asynchronous gaps. */

import { AsyncLocalStorage } from 'node:async_hooks'
import { type Scope, useScopeStorage } from '../scope.ts'

const storage = new AsyncLocalStorage<Scope>()

useScopeStorage({
  run: (scope, work) => storage.run(scope, work),
  get: () => storage.getStore(),
})
