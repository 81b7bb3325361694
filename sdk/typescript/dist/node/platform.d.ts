/** What Node has; the only file that asks for the environment. */
import type { Platform } from '../platform.ts';
export declare const nodePlatform: Platform;
