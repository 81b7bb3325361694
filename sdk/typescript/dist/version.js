/**
 * The version of this package; a test holds it against package.json.
 *
 * @example
 * ```ts
 * import { VERSION } from 'iii-kit'
 * console.error(`iii-kit ${VERSION}`)
 * ```
 */
export const VERSION = '0.1.0';
