/** From a request to a call. */
import type { ContextHost } from './context.ts';
import type { Calls } from './inflight.ts';
import type { Limits } from './limits.ts';
import type { Scope } from './scope.ts';
import type { TriggerRequest } from './trigger.ts';
/** What calling needs of its client. */
export interface CallingHost extends ContextHost {
    channelsUsed: number;
}
export declare class Calling {
    #private;
    /** The worker's own namespace, if it is not the default one. */
    readonly namespace: string | undefined;
    constructor(parts: {
        calls: Calls;
        host: CallingHost;
        limits: Limits;
        namespace: string | undefined;
    });
    /** Makes a call in a scope. Never throws: whatever is wrong rejects. */
    call(scope: Scope | undefined, request: TriggerRequest): Promise<unknown>;
}
