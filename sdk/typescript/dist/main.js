/** What both entries export. */
export { ChannelReader } from './channel/reader.js';
export { ChannelDirection, ChannelItem, extractChannelRefs, isChannelRef, } from './channel/refs.js';
export { ChannelWriter } from './channel/writer.js';
export { Context } from './context.js';
export { EngineFunctions, EngineTriggers } from './engine_ids.js';
export { ChannelError, InvocationError, RegistrationError, RegistrationRejectedError, } from './errors.js';
export { ERRORS } from './errors_gen.js';
export { LIMITS } from './limits.js';
export { Logger } from './logger.js';
export { queue } from './queue.js';
export { currentContext } from './scope.js';
export { state } from './state.js';
export { stream } from './stream.js';
export { TriggerAction, } from './trigger.js';
export { BoundTrigger, } from './trigger_type.js';
export { VERSION } from './version.js';
