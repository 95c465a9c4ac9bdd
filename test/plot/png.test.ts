/** PNG of pictures, by the optional renderer. Without it the tests are skipped. */
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { dendrogramSvg, elbowSvg, heatmapSvg, scatterSvg, toPng } from '../../src/plot/index.ts';
import { installed as platform } from '../platform/help.ts';

const require = createRequire(import.meta.url);

function installed(): boolean {
  try {
    require.resolve('@resvg/resvg-js');
    return true;
  } catch {
    return false;
  }
}

/** Decoded pixels of a PNG that the renderer wrote: 8 bits, RGBA. */
async function pixelsOf(png: Uint8Array) {
  const { Resvg } = require('@resvg/resvg-js');
  const view = new DataView(png.buffer, png.byteOffset);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const href = `data:image/png;base64,${Buffer.from(png).toString('base64')}`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><image width="${width}" height="${height}" href="${href}" image-rendering="optimizeSpeed"/></svg>`;
  const { pixels } = new Resvg(svg).render();
  const at = (x: number, y: number) =>
    `#${Buffer.from(pixels.subarray(4 * (y * width + x), 4 * (y * width + x) + 3)).toString('hex')}`;
  return { width, height, at };
}

const TREE = Float64Array.of(0, 1, 1, 2, 2, 3, 2, 2, 4, 5, 4, 4);
/** The middle of each cell, from the SVG. */
const middles = (svg: string) =>
  Array.from(
    svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)" fill="(#\w+)"><title>/g),
    (m) => {
      const [x, y, width, height] = m.slice(1, 5).map(Number);
      return { x: x + width / 2, y: y + height / 2, fill: m[5] };
    },
  );

describe.skipIf(!installed())('PNG (needs @resvg/resvg-js)', { timeout: 120_000 }, () => {
  test('of every picture, in the size that was asked for', async () => {
    const pictures = [
      dendrogramSvg(TREE),
      elbowSvg(TREE),
      scatterSvg([
        [1, 2],
        [3, 4],
      ]),
      heatmapSvg([[1, 2]]),
    ];
    for (const svg of pictures) {
      const [, width] = /width="(\d+)"/.exec(svg) as unknown as [string, string];
      const png = await toPng(svg, { scale: 2 });
      expect((await pixelsOf(png)).width).toBe(2 * Number(width));
    }
  });

  test('cells have their colours at their places, as rectangles and as a picture', async () => {
    const rows = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    const svg = heatmapSvg(rows);
    const few = await pixelsOf(await toPng(svg));
    const cells = middles(svg);
    expect(cells).toHaveLength(6);
    for (const { x, y, fill } of cells) expect(few.at(Math.round(x), Math.round(y))).toBe(fill);

    // Neighbours of an embedded picture do not run into each other.
    const data = Float64Array.from({ length: 6000 }, (_, i) => (i + Math.floor(i / 60)) % 2);
    const checks = heatmapSvg(
      { data, rows: 100, cols: 60 },
      { width: 760, height: 1100, rowLabels: false, colLabels: false },
    );
    const many = await pixelsOf(await toPng(checks, { scale: 2 }));
    const [, left, top, wide, tall] = /<image x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/
      .exec(checks)!
      .map(Number);
    for (let row = 0; row < 100; row += 7) {
      for (let col = 0; col < 60; col += 3) {
        for (const share of [0.2, 0.5, 0.8]) {
          const [x, y] = [left + ((col + share) * wide) / 60, top + ((row + share) * tall) / 100];
          expect(many.at(Math.floor(2 * x), Math.floor(2 * y))).toBe(
            (row + col) % 2 === 0 ? '#440154' : '#fde725',
          );
        }
      }
    }
  });

  test('text is drawn', async () => {
    const plain = await toPng(heatmapSvg([[1, 2]], { width: 300, height: 200 }));
    const titled = await toPng(heatmapSvg([[1, 2]], { width: 300, height: 200, note: 'MMMM' }));
    expect(Buffer.from(plain).equals(titled)).toBe(false);
  });

  test('wrong arguments are refused', async () => {
    await expect(toPng(7 as never)).rejects.toThrow(TypeError);
    await expect(toPng('<html>')).rejects.toThrow(/must be a picture of coppice\/plot/);
    const svg = heatmapSvg([[1, 2]]);
    await expect(toPng(svg, { scale: 0 })).rejects.toThrow(/scale must be a number from 0.1 to 10, got 0/);
    await expect(toPng(svg, { size: 2 } as never)).rejects.toThrow(/toPng has no option 'size'/);
    await expect(toPng(svg, { fonts: 'x' } as never)).rejects.toThrow(TypeError);
    await expect(toPng(heatmapSvg([[1, 2]], { width: 20_000, height: 20_000 }))).rejects.toThrow(
      /20000 x 20000 pixels/,
    );
  });

  const runtimes: [string, string | undefined, string[]][] = [
    ['Deno 2', platform('@deno/linux-x64-glibc/deno'), ['run', '-A', '--node-modules-dir=manual']],
    ['Bun', platform('@oven/bun-linux-x64/bin/bun'), []],
  ];
  for (const [name, program, args] of runtimes) {
    test.skipIf(!program)(`in ${name}`, () => {
      const built = JSON.stringify(new URL('../../build/plot.js', import.meta.url).href);
      const script = `import { heatmapSvg, toPng } from ${built};
        console.log((await toPng(heatmapSvg([[1, 2]]))).subarray(1, 4).join());`;
      const data = `data:text/javascript,${encodeURIComponent(script)}`;
      const { stdout, stderr } = spawnSync(program as string, [...args, data], { encoding: 'utf8' });
      expect([stdout.trim(), stderr]).toEqual(['80,78,71', '']);
    });
  }
});

test('without the renderer the error says how to install it', { timeout: 120_000 }, () => {
  const script = `import { heatmapSvg, toPng } from ${JSON.stringify(new URL('../../build/plot.js', import.meta.url).href)};
    import { register } from 'node:module';
    register('data:text/javascript,' + encodeURIComponent(
      "export const resolve = (name, context, next) => { if (name.startsWith('@resvg/')) throw new Error('none'); return next(name, context); }"));
    await toPng(heatmapSvg([[1, 2]])).catch(({ name, code, message }) => console.log(name, code, message));`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
  expect(stdout).toMatch(/^PlatformError ERR_PLATFORM .*npm install @resvg\/resvg-js/);
});
