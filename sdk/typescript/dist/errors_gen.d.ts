/** A code of the catalogue. Functions may fail with codes of their own beside these. */
export type ErrorCode = "function_not_found" | "invocation_stopped" | "invocation_failed" | "invocation_error" | "TIMEOUT" | "cancelled" | "connection_lost" | "overloaded" | "payload_too_large" | "invalid_message" | "INVALID_NAMESPACE" | "INVALID_ARGUMENTS" | "NOT_FOUND" | "FORBIDDEN" | "AUTH_ERROR" | "FUNCTION_NAMESPACE_CONFLICT" | "WORKER_NAMESPACE_CONFLICT" | "trigger_registration_failed" | "trigger_type_not_found" | "CONDITION_NOT_MET" | "function_not_invokable" | "enqueue_error" | "unknown_action" | "channel_not_found" | "channel_aborted" | "serialization_error" | "deserialization_error" | "VERSION_MISMATCH" | "VALUE_TOO_LARGE" | "shutting_down";
/** What is known about a code. */
export interface ErrorInfo {
    /** What happened. */
    readonly meaning: string;
    /** What to do next. */
    readonly hint: string;
    /** Whether trying again unchanged may help. */
    readonly retryable: boolean;
}
/** Every code of the catalogue. */
export declare const ERRORS: Readonly<Record<ErrorCode, ErrorInfo>>;
