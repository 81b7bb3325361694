/** Time, as the only thing that may ask for it. */
/** Longer timers fire at once in JavaScript. */
const TIMER_MAX_MS = 2 ** 31 - 1;
export const systemClock = {
    now: () => performance.now(),
    wall: () => Date.now(),
    after(ms, work) {
        const handle = setTimeout(work, Math.min(Math.max(ms, 0), TIMER_MAX_MS));
        const timer = {
            keepAlive(keep) {
                // Browsers have numbers instead, and pages do not end by themselves.
                const node = handle;
                if (keep)
                    node.ref?.();
                else
                    node.unref?.();
            },
            cancel: () => clearTimeout(handle),
        };
        timer.keepAlive(false);
        return timer;
    },
};
