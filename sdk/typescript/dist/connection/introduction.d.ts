/** Who this worker is: the first call on every connection. */
import type { InvokeFunction } from '../message.ts';
import type { InitOptions } from '../options.ts';
import type { Platform } from '../platform.ts';
export declare function introduction(platform: Platform, options: InitOptions, namespace: string | undefined): InvokeFunction;
