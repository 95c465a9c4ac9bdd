/** Estimates of text widths without font metrics. They are generous for the usual system fonts. */

/** Fonts that systems provide, one for each system. */
export const FONTS =
  "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'Liberation Sans', Arial, sans-serif";

/** Distance between baselines, in font sizes. */
export const LINE = 1.2;

/** From the middle of a line of text down to its baseline, in font sizes. */
export const MIDDLE = 0.35;

const WIDE =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|\p{Extended_Pictographic}/u;

/** Width of one code point in font sizes. */
function charWidth(char: string): number {
  if (/[ijl.,:;'|!]/.test(char)) return 0.31;
  if (/[ftrI ()[\]{}\-/\\"`^*]/.test(char)) return 0.4;
  if (/[mwMW@%]/.test(char)) return 0.94;
  if (/[0-9]/.test(char)) return 0.63;
  if (/[A-Z&]/.test(char)) return 0.72;
  if (char < '\x7f') return 0.6;
  if (/[\p{M}\p{Cf}]/u.test(char)) return 0;
  return WIDE.test(char) || char > '\uFFFF' ? 1.25 : 0.68;
}

/** Width of text in pixels at a font size. */
export function textWidth(text: string, size: number): number {
  let width = 0;
  for (const char of text) width += charWidth(char);
  return width * size;
}

/** Text that is at most `width` pixels wide: unchanged, or its beginning and an ellipsis. */
export function fitText(text: string, width: number, size: number): string {
  if (textWidth(text, size) <= width) return text;
  const chars = Array.from(text);
  let room = width / size - charWidth('\u2026') - 0.2;
  let end = 0;
  while (end < chars.length) {
    room -= charWidth(chars[end]);
    if (room < 0) break;
    end++;
  }
  // Combining marks and joiners belong to the character before them: they are removed together with it.
  while (end > 0 && (/\p{M}|\u200D/u.test(chars[end] ?? '') || chars[end - 1] === '\u200D')) end--;
  return `${chars.slice(0, end).join('').trimEnd()}\u2026`;
}
