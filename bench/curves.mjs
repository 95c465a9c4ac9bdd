/** Draws curves of measured times as a standalone SVG: logarithmic axes, one line for each contestant. */
import { scaleLog } from 'd3-scale';

const [WIDTH, HEIGHT] = [760, 460];
const [LEFT, RIGHT, TOP, BOTTOM] = [64, 552, 64, 404];
/** Colours as in the plots of the library, and dashes for readers who cannot distinguish colours. */
const COLOURS = ['#0b6e4f', '#c2410c', '#1d4ed8', '#7e22ce', '#a16207', '#be123c', '#0e7490', '#475569'];
const DASHES = ['', '6 3', '2 3', '9 3 2 3'];

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const at = (x) => String(Math.round(x * 10) / 10);

function label(x) {
  if (x >= 1000) return `${(x / 1000).toLocaleString('en')},000`;
  return x >= 1 ? String(x) : String(Number(x.toPrecision(1)));
}

/** Place labels at the right ends of their lines, moved apart where they would overlap. */
function spread(ends) {
  const sorted = [...ends].sort((a, b) => a.y - b.y);
  sorted.forEach((end, i) => {
    end.labelY = Math.max(end.y, i > 0 ? sorted[i - 1].labelY + 15 : TOP + 4);
  });
  for (let i = sorted.length - 1; i >= 0; i--) {
    const most = i + 1 < sorted.length ? sorted[i + 1].labelY - 15 : BOTTOM;
    sorted[i].labelY = Math.min(sorted[i].labelY, most);
  }
  return sorted;
}

/**
 * @param lines [{name, points: [[n, seconds], ...]}], ours first
 * @param slopes exponents drawn as thin grey lines, for comparison
 */
export function curvesSvg({ title, note, xLabel, yLabel, lines, slopes = [2] }) {
  const all = lines.flatMap(({ points }) => points);
  const extent = (k) => [Math.min(...all.map((p) => p[k])), Math.max(...all.map((p) => p[k]))];
  const x = scaleLog().domain(extent(0)).range([LEFT, RIGHT]);
  const [least, most] = extent(1);
  const y = scaleLog()
    .domain([10 ** Math.floor(Math.log10(least)), 10 ** Math.ceil(Math.log10(most))])
    .range([BOTTOM, TOP]);
  const parts = [];
  const text = (tx, ty, content, more = '') =>
    parts.push(`<text x="${at(tx)}" y="${at(ty)}" ${more}>${escaped(content)}</text>`);
  const line = (x0, y0, x1, y1, more) =>
    parts.push(`<path d="M${at(x0)},${at(y0)}L${at(x1)},${at(y1)}" fill="none" ${more}/>`);
  for (const tick of y.ticks().filter((t) => Number.isInteger(Math.round(Math.log10(t) * 1e9) / 1e9))) {
    line(LEFT, y(tick), RIGHT, y(tick), 'stroke="#e9ecef"');
    text(LEFT - 8, y(tick) + 4, label(tick), 'text-anchor="end" font-size="11" fill="#566069"');
  }
  for (const tick of new Set(all.map((p) => p[0]))) {
    line(x(tick), TOP, x(tick), BOTTOM, 'stroke="#e9ecef"');
    text(x(tick), BOTTOM + 18, label(tick), 'text-anchor="middle" font-size="11" fill="#566069"');
  }
  line(LEFT, BOTTOM, RIGHT, BOTTOM, 'stroke="#868f98"');
  line(LEFT, TOP, LEFT, BOTTOM, 'stroke="#868f98"');
  // Starts at the last point of the first line.
  const [n0, t0] = lines[0].points.at(-1);
  for (const slope of slopes) {
    const [n1] = x.domain();
    const t1 = Math.max(t0 * (n1 / n0) ** slope, y.domain()[0]);
    const from = n0 * (t1 / t0) ** (1 / slope);
    line(x(from), y(t1), x(n0), y(t0), 'stroke="#868f98" stroke-width="1" stroke-dasharray="1 4"');
  }
  const ends = lines.map(({ name, points }, i) => {
    const colour = COLOURS[i % COLOURS.length];
    const path = points.map(([n, t], k) => `${k === 0 ? 'M' : 'L'}${at(x(n))},${at(y(t))}`).join('');
    const dash = DASHES[Math.floor(i / 2) % DASHES.length];
    const look = `stroke="${colour}" stroke-width="${i === 0 ? 3 : 2}"${dash && ` stroke-dasharray="${dash}"`}`;
    parts.push(`<path d="${path}" fill="none" stroke-linejoin="round" ${look}/>`);
    for (const [n, t] of points)
      parts.push(`<circle cx="${at(x(n))}" cy="${at(y(t))}" r="${i === 0 ? 3.5 : 2.5}" fill="${colour}"/>`);
    const [n, t] = points.at(-1);
    return { name, colour, x: x(n), y: y(t) };
  });
  for (const { name, colour, x: endX, y: endY, labelY } of spread(ends)) {
    line(endX + 4, endY, RIGHT + 14, labelY, `stroke="${colour}" stroke-width="0.7" opacity="0.5"`);
    text(RIGHT + 18, labelY + 4, name, `font-size="12" fill="${colour}"`);
  }
  text((LEFT + RIGHT) / 2, BOTTOM + 42, xLabel, 'text-anchor="middle" font-size="12" fill="#566069"');
  const middle = (TOP + BOTTOM) / 2;
  parts.push(
    `<text transform="translate(18,${at(middle)})rotate(-90)" text-anchor="middle" font-size="12" fill="#566069">${escaped(yLabel)}</text>`,
  );
  text(16, 28, title, 'font-size="16" font-weight="600" fill="#1c2126"');
  text(16, 48, note, 'font-size="12" fill="#566069"');
  const font = 'system-ui, -apple-system, Segoe UI, Roboto, Helvetica, Arial, sans-serif';
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" font-family="${font}">\n` +
    `<title>${escaped(title)}</title>\n<desc>${escaped(note)}</desc>\n<rect width="${WIDTH}" height="${HEIGHT}" fill="#ffffff"/>\n` +
    `${parts.join('\n')}\n</svg>\n`
  );
}
