/**
 * Labels as text that spreadsheets and pandas can read: a header, then one line per row.
 * Format: https://www.rfc-editor.org/rfc/rfc4180, with LF at the end of lines.
 */

import { written } from '../support/text/cells.ts';
import type { ByteSink, LabelOptions, LabelSink } from './sink.ts';

/** A field. It is quoted if it holds a comma, a quote or a line break, or begins or ends with space. */
export function csvField(text: string): string {
  return written(text, ',');
}

/** The shortest decimal number that is read back as the same float32. */
export function shortFloat32(value: number): string {
  for (let digits = 6; digits < 9; digits++) {
    const text = value.toPrecision(digits);
    if (Math.fround(Number(text)) === value) return String(Number(text));
  }
  return String(Number(value.toPrecision(9)));
}

/** A distance as text; empty for a row that was skipped and has none. */
function distanceField(value: number, single: boolean): string {
  if (Number.isNaN(value)) return '';
  return single ? shortFloat32(value) : String(value);
}

/** Labels as lines of `row,cluster`, or of `name,cluster` if rows have names. */
export function csvLabels(out: ByteSink, { idName, distances: withDistances }: LabelOptions): LabelSink {
  const encoder = new TextEncoder();
  const head = [csvField(idName ?? 'row'), 'cluster', ...(withDistances ? ['distance'] : [])];
  out.append(encoder.encode(`${head.join(',')}\n`));
  return {
    write({ start, labels, distances, ids }) {
      const single = distances instanceof Float32Array;
      let text = '';
      for (let i = 0; i < labels.length; i++) {
        text += `${ids ? csvField(ids[i]) : start + i},${labels[i]}`;
        text += withDistances ? `,${distanceField(distances[i], single)}\n` : '\n';
      }
      out.append(encoder.encode(text));
    },
    finish() {},
  };
}
