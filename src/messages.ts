/**
 * Messages in parts. The command line and the page call the options by other names, and have other advice. They put a
 * message into their own words by the keys of its parts, and never read its text.
 */

/** Text, or words; where they have a key, an option with its values if any, or a piece of advice. */
export type MessagePart = string | Words;

/** Words in parts. Where text is needed, they become the words of the library. */
export class Words {
  constructor(
    readonly parts: readonly MessagePart[],
    readonly key?: string,
    readonly values: readonly unknown[] = [],
  ) {}

  toString(): string {
    return this.parts.join('');
  }
}

export type Message = string | Words;

/** Messages, one after the other. */
export function join(...messages: readonly MessagePart[]): Message {
  return messages.some((one) => one instanceof Words) ? new Words(messages) : messages.join('');
}

/** A message from a template with options, advice, and anything that becomes text. */
export function say(texts: readonly string[], ...values: readonly unknown[]): Message {
  return join(
    ...texts.flatMap((text, i) => {
      const value = values[i] ?? '';
      return [text, value instanceof Words ? value : `${value}`];
    }),
  );
}

/** A part that others may put in their own words. */
export function advice(key: string, words: Message, ...values: readonly unknown[]): Words {
  return new Words([words], key, values);
}

/** An option in a message; `values` are the ones to give it. */
export function option(key: string, ...values: readonly unknown[]): Words {
  return advice(key, values.length > 0 ? `${key}: ${listed(values)}` : key, ...values);
}

/** Begins messages about an input that has no name yet. */
export const INPUT = /* @__PURE__ */ advice('input-prefix', 'input: ');

/** The advice for a bad row. */
export const SKIP_ROWS = /* @__PURE__ */ advice(
  'skip-rows',
  /* @__PURE__ */ join(/* @__PURE__ */ option('onBadRow', 'skip'), ' leaves such rows out'),
);

/** 'a', 'b' or 3 */
export function listed(values: readonly unknown[]): string {
  return values
    .map((value) => (typeof value === 'string' ? `'${value}'` : value))
    .join(', ')
    .replace(/, ([^,]*)$/, ' or $1');
}

/** Other words for parts, by their keys; undefined leaves the part as it is. */
export type Wording = Readonly<Record<string, string | ((...values: unknown[]) => string | undefined)>>;

/** The text of a message in other words. */
export function reword(parts: readonly MessagePart[], wording: Wording): string {
  return parts
    .map((part) => {
      if (typeof part === 'string') return part;
      const { key = '', values } = part;
      const own = Object.hasOwn(wording, key) ? wording[key] : undefined;
      return (typeof own === 'function' ? own(...values) : own) ?? reword(part.parts, wording);
    })
    .join('');
}
