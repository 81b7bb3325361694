/** What telemetry uses of browsers. */

import { browserPlatform } from './browser_platform.ts'
import { useTelemetryPlatform } from './telemetry/platform.ts'
import { StackOfContexts } from './telemetry/propagator.ts'

useTelemetryPlatform({
  platform: browserPlatform,
  contexts: () => new StackOfContexts(),
  // Pages have no packages to look for; what a page bundles registers itself.
  api: () => undefined,
})
