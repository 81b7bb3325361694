/** A transport without a network: two sockets joined in memory, for tests. */
/** One of two joined sockets. What one sends the other is told, in a later microtask. */
export class MemorySocket {
    peer;
    /** Tests make a socket look congested by this. */
    queuedBytes = 0;
    keptAlive = true;
    pings = 0;
    /** Whether pings are answered, as a live peer would. */
    answersPings = true;
    #events;
    #waiting = [];
    #paused = false;
    #delivering = false;
    #over = false;
    start(events) {
        this.#events = events;
        this.#deliver();
    }
    send(data) {
        if (!this.#over)
            this.peer?.accept({ data });
    }
    ping() {
        this.pings += 1;
        if (this.peer?.answersPings)
            this.accept({ alive: true });
        return true;
    }
    pause() {
        this.#paused = true;
        return true;
    }
    resume() {
        this.#paused = false;
        this.#deliver();
    }
    close(code, reason) {
        if (this.#over)
            return;
        this.peer?.accept({ closed: { clean: true, code, reason } });
        this.accept({ closed: { clean: true, code, reason } });
        this.#over = true;
    }
    terminate() {
        if (this.#over)
            return;
        const closed = { clean: false, code: undefined, reason: 'terminated' };
        this.peer?.accept({ closed });
        this.accept({ closed });
        this.#over = true;
    }
    keepAlive(keep) {
        this.keptAlive = keep;
    }
    /** What was queued has left. */
    drain() {
        this.queuedBytes = 0;
        this.#events?.drained();
    }
    accept(event) {
        if (this.#over)
            return;
        this.#waiting.push(event);
        this.#deliver();
    }
    #deliver() {
        if (this.#delivering || this.#events === undefined)
            return;
        this.#delivering = true;
        queueMicrotask(() => {
            this.#delivering = false;
            while (!this.#paused) {
                const event = this.#waiting.shift();
                if (event === undefined)
                    return;
                if ('data' in event)
                    this.#events?.message(event.data);
                else if ('alive' in event)
                    this.#events?.alive();
                else {
                    this.#over = true;
                    this.#events?.closed(event.closed);
                    this.#waiting.length = 0;
                }
            }
        });
    }
}
/** A pair of joined sockets. */
export function memoryPair() {
    const [one, other] = [new MemorySocket(), new MemorySocket()];
    one.peer = other;
    other.peer = one;
    return [one, other];
}
/** Dials whatever `accept` makes of a target; it may throw a `DialError`. */
export function memoryDial(accept) {
    return {
        address: 'memory:',
        dial: async (target) => {
            const [ours, theirs] = memoryPair();
            accept(target, theirs);
            return ours;
        },
    };
}
