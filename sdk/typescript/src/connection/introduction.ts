/** Who this worker is: the first call on every connection. */

import type { InvokeFunction } from '../message.ts'
import type { InitOptions } from '../options.ts'
import type { Platform } from '../platform.ts'
import { VERSION } from '../version.ts'

/** What our SDKs and the engine can do beyond the base protocol. */
const FEATURE = 'iii-kit.v1'

export function introduction(
  platform: Platform,
  options: InitOptions,
  namespace: string | undefined,
): InvokeFunction {
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
  }
}
