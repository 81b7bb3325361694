// Shows the OpenAPI document of this server. Text from it is only ever set as text.
'use strict'

const byId = (id) => document.getElementById(id)

function element(name, content, ...children) {
  const made = document.createElement(name)
  if (content !== undefined && content !== null) made.textContent = content
  made.append(...children)
  return made
}

function resolve(api, schema) {
  let found = schema
  for (let step = 0; step < 16 && found && typeof found.$ref === 'string'; step++) {
    if (!found.$ref.startsWith('#/')) break
    const names = found.$ref.slice(2).split('/')
    found = names.reduce(
      (at, name) => at?.[name.replaceAll('~1', '/').replaceAll('~0', '~')], api)
  }
  return found === undefined ? schema : found
}

function parameters(api, list) {
  const table = element('table')
  const inputs = []
  for (const parameter of list) {
    const input = element('input')
    input.required = parameter.required === true
    input.setAttribute('aria-label', parameter.name)
    inputs.push({ parameter, input })
    const schema = resolve(api, parameter.schema) ?? {}
    const kind = `${parameter.in}${parameter.required ? ', required' : ''}`
    const about = parameter.description ?? schema.description ?? schema.type ?? ''
    table.append(element('tr', null,
      element('th', parameter.name), element('td', kind), element('td', String(about)),
      element('td', null, input)))
  }
  return { table, inputs }
}

function address(path, inputs) {
  let filled = path
  const query = new URLSearchParams()
  for (const { parameter, input } of inputs) {
    if (parameter.in === 'path') {
      filled = filled.replace(`{${parameter.name}}`, encodeURIComponent(input.value))
    } else if (input.value !== '') {
      query.append(parameter.name, input.value)
    }
  }
  const text = query.toString()
  return text === '' ? filled : `${filled}?${text}`
}

function attempt(method, path, inputs, body) {
  const button = element('button', 'Send')
  const answer = element('pre')
  answer.hidden = true
  button.addEventListener('click', async () => {
    const headers = {}
    if (byId('auth-value').value !== '') {
      headers[byId('auth-name').value] = byId('auth-value').value
    }
    if (body) headers['content-type'] = 'application/json'
    answer.hidden = false
    answer.textContent = '…'
    try {
      const response = await fetch(address(path, inputs), {
        method: method.toUpperCase(), headers, body: body?.value || undefined,
      })
      const lines = [...response.headers].map(([name, value]) => `${name}: ${value}`)
      const text = await response.text()
      answer.textContent = `${response.status}\n${lines.join('\n')}\n\n${text}`
    } catch (error) {
      answer.textContent = String(error)
    }
  })
  return [button, answer]
}

function operation(api, path, method, described) {
  const line = element('summary', null,
    element('b', method.toUpperCase()), element('code', path),
    element('small', described.summary ?? ''))
  const { table, inputs } = parameters(api, described.parameters ?? [])
  const whole = element('details', null, line, table)
  const schema = described.requestBody?.content?.['application/json']?.schema
  let body
  if (schema !== undefined) {
    body = element('textarea')
    body.setAttribute('aria-label', 'Request body')
    whole.append(element('h4', 'Request body'),
      element('pre', JSON.stringify(resolve(api, schema), null, 2)), body)
  }
  if (described.security) {
    const names = described.security.flatMap((one) => Object.keys(one)).join(', ')
    whole.append(element('p', `Needs ${names}.`))
  }
  whole.append(...attempt(method, path, inputs, body), element('h4', 'Answers'))
  for (const [status, response] of Object.entries(described.responses ?? {})) {
    whole.append(element('p', `${status}: ${response.description ?? ''}`))
    const answers = response.content?.['application/json']?.schema
    if (answers) whole.append(element('pre', JSON.stringify(resolve(api, answers), null, 2)))
  }
  whole.dataset.text = `${method} ${path} ${described.summary ?? ''}`.toLowerCase()
  return whole
}

function show(api) {
  document.title = api.info.title
  byId('title').textContent = `${api.info.title} ${api.info.version}`
  byId('about').textContent = api.info.description ?? ''
  const groups = new Map()
  for (const [path, methods] of Object.entries(api.paths)) {
    for (const [method, described] of Object.entries(methods)) {
      const tag = described.tags?.[0] ?? 'no worker'
      if (!groups.has(tag)) groups.set(tag, [])
      groups.get(tag).push(operation(api, path, method, described))
    }
  }
  const sections = [...groups].sort().map(([tag, list]) =>
    element('section', null, element('h2', tag), ...list))
  byId('operations').replaceChildren(...sections)
}

byId('find').addEventListener('input', (event) => {
  const wanted = event.target.value.toLowerCase()
  for (const one of document.querySelectorAll('details')) {
    one.hidden = !one.dataset.text.includes(wanted)
  }
})

fetch(document.body.dataset.document)
  .then((response) => response.ok ? response.json() : Promise.reject(response.status))
  .then(show)
  .catch((error) => {
    byId('operations').replaceChildren(element('p', `The document cannot be read: ${error}`))
  })
