/** What a worker says about itself, and how its client behaves. */
/** The namespace where nothing else is said. */
export const DEFAULT_NAMESPACE = 'default';
/** A blank namespace is a mistake, not the default one. */
export function checkNamespace(namespace) {
    if (namespace !== undefined && namespace.trim() === '') {
        throw new TypeError('`namespace` is blank: leave it out for the default one');
    }
    return namespace === DEFAULT_NAMESPACE ? undefined : namespace;
}
