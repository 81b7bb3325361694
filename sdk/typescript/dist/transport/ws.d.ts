/** The WebSocket of the web platform: browsers, and runtimes that follow them. */
import { type Dial } from './transport.ts';
/** Dials with the platform's own WebSocket. The token travels as a subprotocol. */
export declare function webSocketDial(address: string, token: string | undefined): Dial;
