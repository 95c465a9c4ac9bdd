/** Elements of SVG as text. Nothing gets into a picture but through here, so nothing gets in unescaped. */

export type Attributes = Record<string, string | number | undefined>;

const ENTITIES: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Text as XML content or attribute value. Line ends and tabs become spaces; whatever XML 1.0 forbids or discourages
 * (control characters, unpaired surrogates, U+FFFE and U+FFFF) becomes U+FFFD.
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

/** An element; attributes that are undefined are left out, numbers are rounded. `children` is markup, not text. */
export function el(name: string, attributes: Attributes, children = ''): string {
  let head = name;
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    head += ` ${key}="${typeof value === 'number' ? num(value) : escapeXml(value)}"`;
  }
  return children === '' ? `<${head}/>` : `<${head}>${children}</${name}>`;
}

/** A group, or nothing if there is nothing in it. */
export function group(attributes: Attributes, children: readonly string[]): string {
  return children.length === 0 ? '' : `${el('g', attributes, `\n${children.join('\n')}\n`)}`;
}

/** A text element; `tip` is shown when the pointer rests on it. */
export function text(attributes: Attributes, content: string, tip?: string): string {
  return el('text', attributes, (tip === undefined ? '' : titleOf(tip)) + escapeXml(content));
}

/** The title of an element: its tooltip, and what screen readers say. */
export function titleOf(content: string): string {
  return `<title>${escapeXml(content)}</title>`;
}
