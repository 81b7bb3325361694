/** Where things are, seen from the compiled tests. */

/** The package: `build/test/` lies in it. */
export const pkg = new URL('../../', import.meta.url)
/** The repository. */
export const repository = new URL('../../', pkg)
