/** Keeps scopes through asynchronous gaps. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { useScopeStorage } from '../scope.js';
const storage = new AsyncLocalStorage();
useScopeStorage({
    run: (scope, work) => storage.run(scope, work),
    get: () => storage.getStore(),
});
