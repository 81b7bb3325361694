/** Who this worker is: the first call on every connection. */
import { VERSION } from '../version.js';
/** What our SDKs and the engine can do beyond the base protocol. */
const FEATURE = 'iii-kit.v1';
export function introduction(platform, options, namespace) {
    return {
        type: 'invokefunction',
        function_id: 'engine::workers::register',
        data: {
            runtime: platform.runtime,
            version: VERSION,
            name: options.workerName ?? platform.workerName(),
            description: options.workerDescription,
            os: platform.os,
            pid: platform.pid,
            isolation: platform.env('III_ISOLATION'),
            namespace,
            telemetry: options.telemetry,
            features: [FEATURE],
        },
        action: { type: 'void' },
    };
}
