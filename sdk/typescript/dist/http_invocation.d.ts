/** Functions that live behind a URL. */
/** Methods with which such a function can be called. */
export type HttpMethod = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
/** How the engine shows who it is; keys are names of variables of the engine's environment. */
export type HttpAuthConfig = {
    type: 'hmac';
    secret_key: string;
} | {
    type: 'bearer';
    token_key: string;
} | {
    type: 'api_key';
    header: string;
    value_key: string;
};
/** A function behind a URL, in the place of a handler. */
export interface HttpInvocationConfig {
    url: string;
    /** Default: `POST`. */
    method?: HttpMethod;
    timeout_ms?: number;
    headers?: Record<string, string>;
    auth?: HttpAuthConfig;
}
