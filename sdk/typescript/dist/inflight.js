/** Calls that wait for an answer, and those that wait for a connection. */
import { encode } from './codec.js';
import { InvocationError, readErrorBody } from './errors.js';
/** The engine's clock and ours may differ by this much when the engine ends a call. */
const DEADLINE_SLACK_MS = 50;
/** All calls of a client that were not answered yet. */
export class Calls {
    #waiting = new Map();
    #unsent = [];
    #outgoing;
    #limits;
    #clock;
    #prefix = idPrefix();
    #number = 0;
    /** No call ends by time before this. */
    #expiry = Number.POSITIVE_INFINITY;
    #timer;
    #ended;
    constructor(outgoing, limits, clock) {
        this.#outgoing = outgoing;
        this.#limits = limits;
        this.#clock = clock;
    }
    get size() {
        return this.#waiting.size;
    }
    /** Makes a call and waits for its answer. */
    start(next) {
        return new Promise((resolve, reject) => this.#start(next, resolve, reject));
    }
    #start(next, resolve, reject) {
        const { invoke, timeoutMs, signal, parent } = next;
        const functionId = invoke.function_id;
        if (this.#ended !== undefined)
            return reject(this.#ended());
        if (signal?.aborted)
            return reject(cancelled(functionId, signal));
        if (timeoutMs <= 0)
            return reject(timedOut(functionId, timeoutMs));
        if (this.#waiting.size >= this.#limits.callsMax)
            return reject(full(functionId, 'callsMax'));
        const open = this.#outgoing.open;
        if (!open && this.#unsent.length >= this.#limits.offlineCallsMax) {
            return reject(full(functionId, 'offlineCallsMax'));
        }
        this.#number += 1;
        const id = this.#prefix + this.#number.toString(16).padStart(12, '0');
        const deadline = this.#clock.now() + timeoutMs;
        const waits = signal !== undefined || parent !== undefined;
        const aborted = waits ? () => this.#abort(id) : undefined;
        const call = {
            id,
            functionId,
            deadline,
            timeoutMs,
            resolve,
            reject,
            signal,
            parent,
            aborted,
            sent: open,
        };
        if (aborted !== undefined) {
            signal?.addEventListener('abort', aborted);
            parent?.add(aborted);
        }
        invoke.invocation_id = id;
        if (next.epoch !== this.#outgoing.epoch)
            invoke.parent = undefined;
        this.#waiting.set(id, call);
        if (this.#waiting.size === 1)
            this.#outgoing.hold();
        this.#expireBy(open ? deadline + this.#limits.callTimeoutGraceMs : deadline);
        if (open) {
            invoke.timeout_ms = Math.max(Math.ceil(timeoutMs), 1);
            this.#outgoing.send(encode(invoke));
        }
        else
            this.#unsent.push({ invoke, call });
    }
    /** Makes a call nobody waits for; resolves at once unless the connection is jammed. */
    startVoid(invoke) {
        if (this.#ended !== undefined)
            return Promise.reject(this.#ended());
        if (this.#outgoing.open) {
            this.#outgoing.send(encode(invoke));
            return Promise.resolve();
        }
        if (this.#unsent.length >= this.#limits.offlineCallsMax) {
            return Promise.reject(full(invoke.function_id, 'offlineCallsMax'));
        }
        if (!this.#outgoing.live) {
            // The process has to stay alive until the engine has it.
            this.#outgoing.hold();
            this.#unsent.push({ invoke, accepted: () => this.#outgoing.release() });
            return Promise.resolve();
        }
        return new Promise((accepted, refused) => this.#unsent.push({ invoke, accepted, refused }));
    }
    /** The connection can take messages: what waited leaves, in order. */
    opened() {
        const unsent = this.#unsent;
        this.#unsent = [];
        for (let at = 0; at < unsent.length; at++) {
            if (!this.#outgoing.open) {
                this.#unsent = unsent.slice(at).concat(this.#unsent);
                return;
            }
            this.#sendUnsent(unsent[at]);
        }
    }
    #sendUnsent({ invoke, call, accepted }) {
        if (call !== undefined) {
            // Calls that ended meanwhile are gone from the table.
            if (!this.#waiting.has(call.id))
                return;
            call.sent = true;
            // Whatever invocation it belonged to was of an earlier connection.
            invoke.parent = undefined;
            invoke.timeout_ms = Math.max(Math.ceil(call.deadline - this.#clock.now()), 1);
        }
        this.#outgoing.send(encode(invoke));
        accepted?.();
    }
    /** Ends the call that a result belongs to. Results of calls given up are dropped. */
    answered(result) {
        const call = this.#take(result.invocation_id);
        if (call === undefined)
            return;
        if (result.error === undefined)
            return call.resolve(result.result);
        const body = readErrorBody(result.error);
        const late = this.#clock.now() + DEADLINE_SLACK_MS >= call.deadline;
        if (late && body.code === 'TIMEOUT')
            call.reject(timedOut(call.functionId, call.timeoutMs));
        else
            call.reject(new InvocationError({ ...body, function_id: call.functionId }));
    }
    /** Ends a call by its id, for answers that are no valid message. */
    end(id, error) {
        const call = this.#take(id);
        call?.reject(new InvocationError({ ...error, function_id: call.functionId }));
    }
    /** Ends every call that was sent: its answer will not come. */
    lost() {
        for (const call of [...this.#waiting.values()]) {
            if (call.sent) {
                this.end(call.id, {
                    code: 'connection_lost',
                    message: 'the connection to the engine broke after the call was sent',
                });
            }
        }
    }
    /** Ends every call, those to come included. */
    endAll(error) {
        this.#ended = error;
        for (const { accepted, refused } of this.#unsent.splice(0)) {
            if (refused !== undefined)
                refused(error());
            else
                accepted?.();
        }
        for (const id of [...this.#waiting.keys()])
            this.#take(id)?.reject(error());
        this.#timer?.cancel();
    }
    #abort(id) {
        const call = this.#take(id);
        if (call === undefined)
            return;
        this.#giveUp(call, 'cancelled');
        call.reject(cancelled(call.functionId, call.signal));
    }
    #giveUp(call, reason) {
        if (call.sent) {
            const type = 'cancelinvocation';
            this.#outgoing.send(encode({ type, invocation_id: call.id, reason }));
        }
        else
            this.#unsent = this.#unsent.filter((unsent) => unsent.call !== call);
    }
    #take(id) {
        const call = this.#waiting.get(id);
        if (call === undefined)
            return undefined;
        this.#waiting.delete(id);
        if (call.aborted !== undefined) {
            call.signal?.removeEventListener('abort', call.aborted);
            call.parent?.delete(call.aborted);
        }
        if (this.#waiting.size === 0)
            this.#outgoing.release();
        return call;
    }
    #expireBy(at) {
        if (at >= this.#expiry)
            return;
        this.#expiry = at;
        this.#timer?.cancel();
        this.#timer = this.#clock.after(at - this.#clock.now(), () => this.#expire());
    }
    /** Ends calls whose time is up. */
    #expire() {
        this.#expiry = Number.POSITIVE_INFINITY;
        this.#timer = undefined;
        const now = this.#clock.now();
        let next = Number.POSITIVE_INFINITY;
        for (const call of [...this.#waiting.values()]) {
            const expiry = call.deadline + (call.sent ? this.#limits.callTimeoutGraceMs : 0);
            if (expiry > now)
                next = Math.min(next, expiry);
            else if (this.#take(call.id) !== undefined) {
                this.#giveUp(call, 'timeout');
                call.reject(timedOut(call.functionId, call.timeoutMs));
            }
        }
        if (next < Number.POSITIVE_INFINITY)
            this.#expireBy(next);
    }
}
/** All but the last group of a UUID, random: ids of two clients differ. */
function idPrefix() {
    const hex = Array.from({ length: 16 }, () => Math.floor(Math.random() * 16).toString(16)).join('');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(12, 15)}-8${hex.slice(1, 4)}-`;
}
function timedOut(function_id, timeoutMs) {
    const message = `\`${function_id}\` did not answer within ${Math.round(timeoutMs)} ms`;
    return new InvocationError({ code: 'TIMEOUT', message, function_id });
}
function full(function_id, limit) {
    const message = `the client limit \`${limit}\` is reached`;
    return new InvocationError({ code: 'overloaded', message, function_id });
}
function cancelled(function_id, signal) {
    const message = 'the call was cancelled';
    const error = new InvocationError({ code: 'cancelled', message, function_id });
    error.cause = signal?.reason;
    return error;
}
