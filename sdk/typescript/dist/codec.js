/** Between messages and their text. */
import { isObject, Raw, utf8Length } from './json.js';
import { SHAPES } from './shapes.js';
/** A frame that is no valid message. */
export class DecodeError extends Error {
    kind;
    field;
    messageType;
    /** Whoever waits for this invocation can still be told. */
    invocationId;
    constructor(kind, more = {}) {
        super(more.field === undefined ? kind : `${kind}: \`${more.field}\``);
        this.name = 'DecodeError';
        this.kind = kind;
        this.field = more.field;
        this.messageType = more.messageType;
        this.invocationId = more.invocationId;
    }
}
const TEXT_BYTES_MAX = {
    name: 1024,
    text: 1024,
    invocation: 128,
    trace: 8192,
    description: 65_536,
};
const NUMBER_MAX = 2 ** 64 - 1;
/** Reads a frame. Throws a `DecodeError`. */
export function decode(text) {
    let raw;
    try {
        raw = JSON.parse(text);
    }
    catch {
        throw new DecodeError('Syntax', salvage(text));
    }
    if (!isObject(raw))
        throw new DecodeError('NotAnObject');
    const type = raw.type;
    if (typeof type !== 'string') {
        const missing = type === undefined || type === null;
        throw new DecodeError(missing ? 'MissingType' : 'WrongFieldType', {
            field: missing ? undefined : 'type',
            invocationId: invocationId(raw),
        });
    }
    const fields = SHAPES[type];
    if (fields === undefined || !Object.hasOwn(SHAPES, type)) {
        if (utf8Length(type) > 1024)
            throw new DecodeError('FieldTooLong', { field: 'type' });
        throw new DecodeError('UnknownType', { messageType: type, invocationId: invocationId(raw) });
    }
    const message = { type };
    for (const field of fields)
        read(raw, field, message, type);
    return message;
}
function read(raw, field, message, type) {
    const value = raw[field.name];
    if (value === undefined || (value === null && field.kind !== 'payload')) {
        if (field.required)
            throw fault('MissingField', field, raw, type);
        if (field.absent !== undefined)
            message[field.name] = field.absent;
        return;
    }
    switch (field.kind) {
        case 'payload':
        case 'json':
            message[field.name] = value;
            return;
        case 'number':
            if (typeof value !== 'number' || value < 0)
                throw fault('WrongFieldType', field, raw, type);
            message[field.name] = Math.min(Math.floor(value), NUMBER_MAX);
            return;
        case 'flag':
            if (typeof value !== 'boolean')
                throw fault('WrongFieldType', field, raw, type);
            if (value)
                message[field.name] = value;
            return;
        case 'object':
            if (!isObject(value))
                throw fault('WrongFieldType', field, raw, type);
            message[field.name] = value;
            return;
        case 'schema':
            if (!isObject(value) && typeof value !== 'boolean') {
                throw fault('WrongFieldType', field, raw, type);
            }
            message[field.name] = value;
            return;
        case 'texts':
            if (!Array.isArray(value) || value.some((text) => typeof text !== 'string')) {
                throw fault('WrongFieldType', field, raw, type);
            }
            if (value.length > 0)
                message[field.name] = value;
            return;
        default:
            message[field.name] = readText(value, field, raw, type);
    }
}
function readText(value, field, raw, type) {
    if (typeof value !== 'string')
        throw fault('WrongFieldType', field, raw, type);
    const bytesMax = TEXT_BYTES_MAX[field.kind] ?? 0;
    // No character takes more than three bytes for each of its units.
    if (value.length * 3 > bytesMax && utf8Length(value) > bytesMax) {
        throw fault('FieldTooLong', field, raw, type);
    }
    if (value === '' && field.kind === 'name')
        throw fault('MissingField', field, raw, type);
    if (value === '' && field.kind === 'invocation')
        throw fault('WrongFieldType', field, raw, type);
    if (field.kind === 'name' && LONE_SURROGATE.test(value)) {
        throw fault('WrongFieldType', field, raw, type);
    }
    return value;
}
const LONE_SURROGATE = /\p{Surrogate}/u;
function fault(kind, field, raw, messageType) {
    const named = field.name === 'invocation_id' ? undefined : invocationId(raw);
    return new DecodeError(kind, { field: field.name, messageType, invocationId: named });
}
function invocationId(raw) {
    const id = raw.invocation_id;
    return typeof id === 'string' && id !== '' && utf8Length(id) <= 128 ? id : undefined;
}
/** What broken JSON still says about who waits for it. */
function salvage(text) {
    const type = /"type"\s*:\s*"([a-z]{1,64})"/.exec(text);
    const id = /"invocation_id"\s*:\s*"([^"\\]{1,128})"/.exec(text);
    return { messageType: type?.[1], invocationId: id?.[1] };
}
/** Writes a message in canonical form. */
export function encode(message) {
    switch (message.type) {
        case 'invokefunction':
            return encodeInvoke(message);
        case 'invocationresult':
            return encodeResult(message);
        default:
            return encodeFields(message.type, message);
    }
}
function encodeFields(type, message) {
    let text = `{"type":"${type}"`;
    for (const field of SHAPES[type]) {
        const value = message[field.name];
        if (value !== undefined)
            text += `,"${field.name}":${json(value)}`;
    }
    return `${text}}`;
}
/** Most messages are calls and results, so they are written field by field. */
function encodeInvoke(m) {
    let text = '{"type":"invokefunction"';
    if (m.invocation_id !== undefined)
        text += `,"invocation_id":${quote(m.invocation_id)}`;
    text += `,"function_id":${quote(m.function_id)}`;
    if (m.data !== undefined)
        text += `,"data":${json(m.data)}`;
    if (m.action !== undefined)
        text += `,"action":${json(m.action)}`;
    if (m.metadata !== undefined)
        text += `,"metadata":${json(m.metadata)}`;
    if (m.namespace !== undefined)
        text += `,"namespace":${quote(m.namespace)}`;
    if (m.traceparent !== undefined)
        text += `,"traceparent":${quote(m.traceparent)}`;
    if (m.tracestate !== undefined)
        text += `,"tracestate":${quote(m.tracestate)}`;
    if (m.baggage !== undefined)
        text += `,"baggage":${quote(m.baggage)}`;
    if (m.caller !== undefined)
        text += `,"caller":${json(m.caller)}`;
    if (m.timeout_ms !== undefined)
        text += `,"timeout_ms":${m.timeout_ms}`;
    if (m.parent !== undefined)
        text += `,"parent":${quote(m.parent)}`;
    if (m.attempt !== undefined)
        text += `,"attempt":${m.attempt}`;
    return `${text}}`;
}
function encodeResult(m) {
    let text = `{"type":"invocationresult","invocation_id":${quote(m.invocation_id)}`;
    if (m.function_id !== undefined)
        text += `,"function_id":${quote(m.function_id)}`;
    if (m.result !== undefined)
        text += `,"result":${json(m.result)}`;
    if (m.error !== undefined)
        text += `,"error":${json(m.error)}`;
    if (m.traceparent !== undefined)
        text += `,"traceparent":${quote(m.traceparent)}`;
    if (m.tracestate !== undefined)
        text += `,"tracestate":${quote(m.tracestate)}`;
    if (m.baggage !== undefined)
        text += `,"baggage":${quote(m.baggage)}`;
    if (m.quiet === true)
        text += ',"quiet":true';
    return `${text}}`;
}
function json(value) {
    return value instanceof Raw ? value.text : JSON.stringify(value);
}
function quote(text) {
    return JSON.stringify(text);
}
