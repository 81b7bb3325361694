// Reading and writing ends of channels.

export function toBase64(bytes) {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return btoa(text)
}

function fromBase64(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0))
}

/** Writes what the runner asks for. */
export async function writeItem(writer, { text, base64, fill }) {
  if (text !== undefined) await writer.sendMessage(text)
  else if (base64 !== undefined) await writer.write(fromBase64(base64))
  else if (fill !== undefined) await writer.write(new Uint8Array(fill).fill(0x78))
}

/** Everything up to the end of the stream. */
export async function summary(reader) {
  const [chunks, texts] = [[], []]
  for (;;) {
    const item = await reader.next()
    if (item === undefined) break
    if (item.type === 'text') texts.push(item.value)
    else chunks.push(item.value)
  }
  const data = await new Blob(chunks).arrayBuffer()
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', data))
  const sha256 = Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')
  return { bytes: data.byteLength, sha256, texts }
}
