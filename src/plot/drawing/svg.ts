/** SVG elements as text. All content of a picture goes through these functions, so all of it is escaped. */

export type Attributes = Record<string, string | number | undefined>;

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Text as XML content or attribute value. Line ends and tabs become spaces. Characters that XML 1.0 forbids or discourages
 * (control characters, unpaired surrogates, U+FFFE and U+FFFF) become U+FFFD.
 */
export function escapeXml(text: string): string {
  return text
    .replace(/\r\n?|[\n\t\u2028\u2029]/g, ' ')
    .replace(/[\p{Cc}\p{Cs}\uFFFE\uFFFF]/gu, '\uFFFD')
    .replace(/[&<>"']/g, (c) => ENTITIES[c]);
}

/** A coordinate: at most 2 decimals, no exponent, no negative zero. */
export function num(value: number): string {
  const rounded = Math.round(value * 100) / 100;
  return String(rounded === 0 ? 0 : rounded);
}

/** An element. Attributes that are undefined are left out, numbers are rounded. `children` is markup, not text. */
export function el(name: string, attributes: Attributes, children = ''): string {
  let head = name;
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    head += ` ${key}="${typeof value === 'number' ? num(value) : escapeXml(value)}"`;
  }
  return children === '' ? `<${head}/>` : `<${head}>${children}</${name}>`;
}

/** A group, or '' if it has no children. */
export function group(attributes: Attributes, children: readonly string[]): string {
  return children.length === 0 ? '' : `${el('g', attributes, `\n${children.join('\n')}\n`)}`;
}

/** A text element; `tip` is its tooltip. */
export function text(attributes: Attributes, content: string, tip?: string): string {
  return el('text', attributes, (tip === undefined ? '' : titleOf(tip)) + escapeXml(content));
}

/** A title element: browsers show it as a tooltip, screen readers read it aloud. */
export function titleOf(content: string): string {
  return `<title>${escapeXml(content)}</title>`;
}
