/** Registrations: usable at once, and awaitable until the engine has them. */
import { RegistrationError } from './errors.js';
/** Waits for an acknowledgement, on live connections no longer than is reasonable. */
export class Acknowledgement {
    ready;
    #id;
    #clock;
    #timeoutMs;
    #log;
    #settle;
    #timer;
    #awaited = false;
    constructor(id, clock, timeoutMs, log) {
        this.#id = id;
        this.#clock = clock;
        this.#timeoutMs = timeoutMs;
        this.#log = log;
        this.ready = new Promise((resolve, reject) => {
            this.#settle = { resolve, reject };
        });
        // Nobody has to await a registration; those refused are logged then.
        this.ready.catch(() => undefined);
    }
    /** Whether the engine has not said anything yet. */
    get waits() {
        return this.#settle !== undefined;
    }
    /** The registration went out on a live connection. */
    announced(late) {
        if (this.#settle === undefined)
            return;
        this.#timer?.cancel();
        this.#timer = this.#clock.after(this.#timeoutMs, () => {
            if (this.waits)
                late();
        });
        this.#timer.keepAlive(true);
    }
    /** The connection broke; the next one brings the answer. */
    lost() {
        this.#timer?.cancel();
    }
    confirm() {
        this.#timer?.cancel();
        this.#settle?.resolve();
        this.#settle = undefined;
    }
    refuse(error) {
        this.#timer?.cancel();
        const settle = this.#settle;
        this.#settle = undefined;
        settle?.reject(error);
        if (settle !== undefined && !this.#awaited) {
            this.#log({ level: 'error', message: error.message });
        }
    }
    /** The engine did not answer in time. */
    late() {
        const message = `the engine did not acknowledge it within ${this.#timeoutMs} ms`;
        this.refuse(new RegistrationError(this.#id, 'TIMEOUT', message));
    }
    /** Makes a handle awaitable. */
    awaitable(handle) {
        const ready = () => {
            this.#awaited = true;
            return this.ready.then(() => handle);
        };
        return {
            ...handle,
            // biome-ignore lint/suspicious/noThenProperty: awaiting a registration is the point
            then: (resolve, reject) => ready().then(resolve, reject),
            catch: (reject) => ready().catch(reject),
            finally: (after) => ready().finally(after),
        };
    }
}
/** Refuses an id that cannot be one. */
export function checkId(id) {
    if (typeof id !== 'string' || id.trim() === '') {
        throw new RegistrationError(String(id), 'INVALID_ARGUMENTS', 'an id is a text that is not empty');
    }
}
