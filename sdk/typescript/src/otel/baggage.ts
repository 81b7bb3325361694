/** Baggage: pairs that travel with a trace, as W3C text and as OpenTelemetry knows them. */

/** One value. */
export interface BaggageEntry {
  readonly value: string
  /** Handed on as it came. */
  readonly metadata?: { toString(): string }
}

/** No more is taken from the wire, as W3C allows. */
const ENTRIES_MAX = 180

/** Pairs, in the shape that OpenTelemetry's API asks for. */
export class Baggage {
  readonly #entries: ReadonlyMap<string, BaggageEntry>

  constructor(entries: ReadonlyMap<string, BaggageEntry> = new Map()) {
    this.#entries = entries
  }

  /** Reads the W3C text; what is malformed is left out. */
  static parse(text: string): Baggage {
    const entries = new Map<string, BaggageEntry>()
    for (const part of text.split(',', ENTRIES_MAX)) {
      const [pair = '', ...properties] = part.split(';')
      const at = pair.indexOf('=')
      if (at <= 0) continue
      const value = decoded(pair.slice(at + 1).trim())
      const metadata = properties.join(';').trim()
      entries.set(decoded(pair.slice(0, at).trim()), metadata ? { value, metadata } : { value })
    }
    return new Baggage(entries)
  }

  getEntry(key: string): BaggageEntry | undefined {
    return this.#entries.get(key)
  }

  getAllEntries(): [string, BaggageEntry][] {
    return [...this.#entries]
  }

  setEntry(key: string, entry: BaggageEntry): Baggage {
    return new Baggage(new Map(this.#entries).set(key, entry))
  }

  removeEntry(key: string): Baggage {
    return this.removeEntries(key)
  }

  removeEntries(...keys: string[]): Baggage {
    const entries = new Map(this.#entries)
    for (const key of keys) entries.delete(key)
    return new Baggage(entries)
  }

  clear(): Baggage {
    return new Baggage()
  }
}

/** The W3C text of pairs, whoever made them. */
export function formatBaggage(baggage: Pick<Baggage, 'getAllEntries'>): string | undefined {
  const pairs = baggage.getAllEntries().map(([key, { value, metadata }]) => {
    const properties = metadata?.toString()
    const pair = `${encodeURIComponent(key)}=${encodeURIComponent(value)}`
    return properties ? `${pair};${properties}` : pair
  })
  return pairs.length > 0 ? pairs.join(',') : undefined
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
