/**
 * The defaults.
 *
 * @example
 * ```ts
 * import { LIMITS } from 'iii-kit'
 * LIMITS.callTimeoutMs // 30000
 * ```
 */
export const LIMITS = {
    invocationsMax: 1024,
    callsMax: 16_384,
    offlineCallsMax: 1024,
    registrationsMax: 20_000,
    triggerOperationsMax: 65_536,
    messageBytesMax: 64 * 1024 * 1024,
    inboundBytesMax: 256 * 1024 * 1024,
    outboxHighBytes: 16 * 1024 * 1024,
    channelBufferBytesMax: 16 * 1024 * 1024,
    callTimeoutMs: 30_000,
    callTimeoutGraceMs: 1000,
    registrationTimeoutMs: 10_000,
    greetingTimeoutMs: 10_000,
    heartbeatMs: 15_000,
    reconnectFirstMs: 100,
    reconnectMaxMs: 1500,
    drainTimeoutMs: 10_000,
};
/** The largest frame of a channel; larger data is cut into several. */
export const CHANNEL_FRAME_BYTES = 64 * 1024;
