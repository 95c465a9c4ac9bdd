/** Draws the cells: as rectangles, or as pictures of one pixel for each cell if there are many. */

import { allocate } from '../../support/allocate.ts';
import type { Matrix } from '../../types.ts';
import { shortNumber } from '../drawing/numbers.ts';
import { el, group, titleOf } from '../drawing/svg.ts';
import { linesOf, meanCells } from './lines.ts';
import { base64Of, encodePng } from './png.ts';
import { hexOf, LEVELS, type Rgb } from './scales.ts';
import type { Places, Side } from './side.ts';

/** With more cells than this, they are drawn as pictures. */
const MOST_RECTANGLES = 5000;

interface CellsPlan {
  X: Matrix;
  rows: Side;
  cols: Side;
  y: Places;
  x: Places;
  /** Rows, and columns, that share a line. */
  share: [number, number];
  levelOf: (value: number) => number;
  colors: readonly Rgb[];
  missing: Rgb;
  nameOf: (row: number, col: number) => string;
}

/** With more cells than this, a picture has fewer colours, so that 4,000,000 cells take less than 5 MB. */
const MANY = 1_000_000;
const FEW_COLORS = 101;

const round = (value: number) => Math.round(value * 100) / 100;

export function drawCells(plan: CellsPlan): string {
  const { X } = plan;
  const many = X.rows * X.cols > MOST_RECTANGLES;
  const look = { class: 'cells', 'shape-rendering': many ? undefined : 'crispEdges' };
  return group(look, many ? drawPictures(plan) : drawRectangles(plan));
}

function drawRectangles({ X, rows, cols, x, y, levelOf, colors, missing, nameOf }: CellsPlan): string[] {
  const hexes = colors.map(hexOf);
  const [tops, lefts] = [y.starts(), x.starts()];
  const out: string[] = [];
  for (let r = 0; r < rows.count; r++) {
    const row = rows.order[r];
    const top = round(tops[r]);
    const height = round(tops[r] + y.step) - top;
    for (let c = 0; c < cols.count; c++) {
      const col = cols.order[c];
      const value = X.data[row * X.cols + col];
      const left = round(lefts[c]);
      const place = { x: left, y: top, width: round(lefts[c] + x.step) - left, height };
      const fill = Number.isNaN(value) ? hexOf(missing) : hexes[levelOf(value)];
      const shown = Number.isNaN(value) ? 'missing' : shortNumber(value);
      out.push(el('rect', { ...place, fill }, titleOf(`${nameOf(row, col)}: ${shown}`)));
    }
  }
  return out;
}

/** One picture for each block between gaps; a single one if there are no gaps. */
function drawPictures({ X, rows, cols, x, y, share, levelOf, colors, missing }: CellsPlan): string[] {
  const [rowLines, colLines] = [linesOf(y.ranges, share[0]), linesOf(x.ranges, share[1])];
  const [tops, lefts] = [y.starts(), x.starts()];
  const width = colLines.begins.length - 1;
  const height = rowLines.begins.length - 1;
  const pixels = allocate(Uint8Array, width * height, 'the picture of the cells');
  const means = meanCells(X, rows.order, cols.order, rowLines, colLines);
  const line = allocate(Float64Array, width);
  const count = width * height > MANY ? FEW_COLORS : LEVELS;
  const indexes = colors.map((_, level) => Math.round((level * (count - 1)) / (LEVELS - 1)));
  for (let r = 0; r < height; r++) {
    means(r, line);
    for (let c = 0; c < width; c++) {
      pixels[r * width + c] = Number.isNaN(line[c]) ? count : indexes[levelOf(line[c])];
    }
  }
  const palette = Array.from(
    { length: count },
    (_, i) => colors[Math.round((i * (LEVELS - 1)) / (count - 1))],
  );
  palette.push(missing);
  const blocks = (ranges: [number, number][], begins: Int32Array) => {
    let at = 0;
    return ranges.map(([begin, end]) => {
      const from = at;
      while (begins[at] < end) at++;
      return { begin, end, from, to: at };
    });
  };
  const out: string[] = [];
  for (const down of blocks(y.ranges, rowLines.begins)) {
    for (const across of blocks(x.ranges, colLines.begins)) {
      const [w, h] = [across.to - across.from, down.to - down.from];
      const block = allocate(Uint8Array, w * h);
      for (let r = 0; r < h; r++) {
        const at = (down.from + r) * width + across.from;
        block.set(pixels.subarray(at, at + w), r * w);
      }
      const place = {
        x: lefts[across.begin],
        y: tops[down.begin],
        width: lefts[across.end - 1] + x.step - lefts[across.begin],
        height: tops[down.end - 1] + y.step - tops[down.begin],
      };
      out.push(
        el('image', {
          ...place,
          preserveAspectRatio: 'none',
          // Cells keep sharp edges. Programs know one of the two names.
          'image-rendering': 'optimizeSpeed',
          style: 'image-rendering:pixelated',
          href: `data:image/png;base64,${base64Of(encodePng(block, w, h, palette))}`,
        }),
      );
    }
  }
  return out;
}
