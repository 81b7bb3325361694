/** What the engine refuses. */
import { hintOf, isRetryable, RegistrationError, RegistrationRejectedError, readErrorBody, } from '../errors.js';
/** After this code the connection goes on. */
const CONFLICT = 'FUNCTION_NAMESPACE_CONFLICT';
/** A name or an id is taken, or the connection is refused. */
export function rejection(message, connection, registry, providers) {
    if (message.type === 'error')
        return connectionRefused(message, connection);
    const { code, function_id, trigger_type } = message;
    const why = message.message ?? explain(message);
    if (code === CONFLICT && trigger_type !== undefined) {
        providers.refused(trigger_type, new RegistrationError(trigger_type, code, why));
    }
    else if (code === CONFLICT && function_id !== undefined) {
        registry.functionRefused(function_id, new RegistrationError(function_id, code, why));
    }
    else
        connection.fail(new RegistrationRejectedError({ ...message, message: why }));
}
/** Codes of the catalogue that say "later" lead to another attempt. */
function connectionRefused({ error }, connection) {
    const { code, message } = readErrorBody(error);
    if (isRetryable(code))
        connection.giveUp(message);
    else
        connection.fail(new RegistrationRejectedError({ code, message }));
}
function explain({ code, namespace, function_id, worker_name }) {
    const where = `in namespace \`${namespace}\`; ${hintOf(code)}`;
    if (function_id !== undefined)
        return `function \`${function_id}\` is taken ${where}`;
    if (worker_name !== undefined)
        return `worker \`${worker_name}\` is taken ${where}`;
    return `refused ${where}`;
}
