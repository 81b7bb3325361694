/** What the engine refuses. */
import type { ErrorMessage, RegistrationRejected } from '../message.ts';
import type { Providers } from '../providers.ts';
import type { Registry } from '../registry.ts';
import type { Connection } from './connection.ts';
/** A name or an id is taken, or the connection is refused. */
export declare function rejection(message: RegistrationRejected | ErrorMessage, connection: Connection, registry: Registry, providers: Providers): void;
