/** The request behind streaming handlers. @module */
import type { ChannelWriter } from '../channel/writer.ts'
import type { HttpRequest } from '../http.ts'

/** A request as it comes over the wire: with the writing end of its answer. */
export type InternalHttpRequest<Body = unknown> = HttpRequest<Body> & { response: ChannelWriter }
