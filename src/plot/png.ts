/** Pictures as PNG, by a renderer that is loaded when it is first needed. */

import { PlatformError, rangeError } from '../errors.ts';
import { checkNumber, checkOptions, checkString, wrongType, wrongValue } from '../support/checks.ts';
import { notLoaded } from '../support/text/not-loaded.ts';

export interface PngOptions {
  /** Pixels for each pixel of the SVG, from 0.1 to 10; 2 for screens and print. Default 1. */
  scale?: number;
  /** Files of fonts (.ttf, .otf) to use besides those of the system. */
  fonts?: readonly string[];
}

/** The part of @resvg/resvg-js that is used. */
interface Renderer {
  Resvg: new (
    svg: string,
    options: object,
  ) => {
    render(): { asPng(): Uint8Array };
    getBBox(): object | undefined;
  };
}

/** Longest side in pixels: more memory than this needs, 1 GB, few machines give. */
const MOST_PIXELS = 2 ** 28;

/** A font of the system for text without one of the picture's fonts. */
const FALLBACK = 'DejaVu Sans';

/** What the pictures of cells say for browsers. The renderer knows the attribute beside it only if this is gone. */
const FOR_BROWSERS = ' style="image-rendering:pixelated"';

/**
 * Turn an SVG document into a PNG, in Node, Deno and Bun. The renderer is an optional package: `npm install @resvg/resvg-js`.
 *
 * @param svg a picture of `coppice/plot`
 * @returns the bytes of a .png file. Text is drawn with fonts of the system, so pixels differ between systems; colours and
 *   places of everything else do not
 * @throws TypeError or RangeError for wrong arguments; PlatformError if the renderer is not installed, or the system has no font
 *
 * @example
 * await writeFile('tree.png', await toPng(dendrogramSvg(Z), { scale: 2 }));
 */
export async function toPng(svg: string, options: PngOptions = {}): Promise<Uint8Array> {
  checkString(svg, 'svg', 'the text of an SVG document');
  checkOptions(options, { scale: true, fonts: true }, 'toPng', '{ scale: 2 }');
  const { scale = 1, fonts } = options;
  checkNumber(scale, 'scale');
  if (!(scale >= 0.1 && scale <= 10)) throw wrongValue('scale', 'a number from 0.1 to 10', scale);
  if (fonts !== undefined && !(Array.isArray(fonts) && fonts.every((font) => typeof font === 'string'))) {
    throw wrongType('fonts', 'an array of paths of font files', fonts);
  }
  const [, width, height] = /^<svg [^>]*?\bwidth="([\d.]+)" height="([\d.]+)"/.exec(svg) ?? [];
  if (width === undefined) {
    throw rangeError(
      `svg begins with ${JSON.stringify(svg.slice(0, 40))}; it must be a picture of coppice/plot`,
    );
  }
  const pixels = Number(width) * Number(height) * scale * scale;
  if (pixels > MOST_PIXELS) {
    throw rangeError(
      `the picture would have ${Math.round(Number(width) * scale)} x ${Math.round(Number(height) * scale)} pixels; at most ` +
        `${MOST_PIXELS} are allowed: give a lower scale, or a smaller width or height`,
    );
  }
  const { Resvg } = await loadRenderer();
  const font = {
    loadSystemFonts: true,
    ...(fonts ? { fontFiles: fonts } : {}),
    defaultFontFamily: FALLBACK,
    sansSerifFamily: FALLBACK,
  };
  const hasText = /<text[ >]/.test(svg);
  if (hasText && new Resvg(PROBE, { font }).getBBox() === undefined) {
    throw new PlatformError(
      'toPng: the system has no font, so texts would be missing; install one (on Debian and Ubuntu: apt-get install fonts-dejavu-core), or give its file in fonts',
    );
  }
  const renderer = new Resvg(svg.replaceAll(FOR_BROWSERS, ''), {
    font,
    fitTo: { mode: 'zoom', value: scale },
  });
  const png = renderer.render().asPng();
  // A plain array: Node's Buffer behaves differently in `slice`.
  return new Uint8Array(png.buffer, png.byteOffset, png.byteLength);
}

/** A picture with nothing but a text. Without fonts it is empty. */
const PROBE =
  '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"><text x="5" y="15" font-family="sans-serif">A1</text></svg>';

/** @throws PlatformError with the command that installs it */
export async function loadRenderer(): Promise<Renderer> {
  // In a variable, so that bundlers leave the package out: it is a native library.
  const library = '@resvg/resvg-js';
  try {
    const loaded = await import(/* @vite-ignore */ /* webpackIgnore: true */ library);
    return loaded.Resvg ? loaded : loaded.default;
  } catch (cause) {
    throw notLoaded('toPng: PNG, unlike SVG, needs the package', library, cause);
  }
}
