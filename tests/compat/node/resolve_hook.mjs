// Finds `iii-kit` where the programs ask for the published packages.

const PUBLISHED = /^(?:iii-sdk|@iii-dev\/helpers)(?:\/(.+))?$/
let folder

export function initialize(data) {
  folder = data.folder
}

export async function resolve(specifier, context, next) {
  const found = PUBLISHED.exec(specifier)
  if (found === null) return next(specifier, context)
  // Handlers of the published package are given their metadata second: that is this entry's shape.
  const entry = found[1] ?? 'compat'
  // A package is found by its own name from within.
  const parentURL = new URL('package.json', folder).href
  return next(`iii-kit/${entry}`, { ...context, parentURL })
}
