/** Schemas of functions: what they say to the compiler, to the engine and about an input. */
import { InvocationError } from './errors.js';
import { isObject } from './json.js';
export function isStandardSchema(schema) {
    const type = typeof schema;
    return ((type === 'object' || type === 'function') && schema !== null && '~standard' in Object(schema));
}
/** The JSON Schema to announce; nothing when the library cannot write one. */
export function announced(schema) {
    if (schema === undefined)
        return undefined;
    if (!isStandardSchema(schema))
        return schema;
    const library = schema;
    try {
        const written = library['~standard'].jsonSchema?.input({ target: 'draft-2020-12' }) ??
            library.toJSONSchema?.({ io: 'input' }) ??
            library.toJsonSchema?.();
        return isObject(written) || typeof written === 'boolean' ? written : undefined;
    }
    catch {
        // A schema with a part that JSON cannot say still validates.
        return undefined;
    }
}
/** Checks an input, and gives what the schema makes of it. */
export function validate(schema, value) {
    const result = schema['~standard'].validate(value);
    return result instanceof Promise ? result.then(accepted) : accepted(result);
}
function accepted(result) {
    if (result.issues === undefined)
        return result.value;
    const issues = result.issues.map(({ message, path }) => {
        const keys = path?.map((part) => String(typeof part === 'object' ? part.key : part)) ?? [];
        return keys.length > 0 ? `\`${keys.join('.')}\`: ${message}` : message;
    });
    throw new InvocationError({ code: 'INVALID_ARGUMENTS', message: issues.join('; ') });
}
