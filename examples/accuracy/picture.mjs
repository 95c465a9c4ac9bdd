/** The figures of docs/accuracy.md as a picture: one plot for each data set, agreement over stride. */
import { scaleLinear, scaleLog } from 'd3-scale';
import { SETS, STRIDES } from './experiment.mjs';

const FIELD = { width: 250, height: 190, left: 44, top: 36, gap: 22 };
const LEGEND = 46;
const COLOURS = { medoid: '#1097ee', centroid: '#d06d1c', random: '#5a9862' };
/** Numbers of leaders per cluster that are drawn: the smallest and the largest. */
const DRAWN = { 1: '5 4', 10: undefined };
const INK = '#1c2126';
const SOFT = '#566069';

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
const round = (x) => Number(x.toFixed(1));

function element(name, attributes, content = '') {
  const list = Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${value}"`)
    .join('');
  return `<${name}${list}>${content}</${name}>`;
}

function label(x, y, content, attributes = {}) {
  return element(
    'text',
    { x: round(x), y: round(y), fill: SOFT, 'font-size': 11, ...attributes },
    escaped(content),
  );
}

function field(title, lines, left, top, withAxis) {
  const x = scaleLog([2, 100], [0, FIELD.width]);
  const y = scaleLinear([0, 1], [FIELD.height, 0]);
  const out = [label(left, top - 12, title, { fill: INK, 'font-size': 13, 'font-weight': 600 })];
  for (const value of y.ticks(5)) {
    const at = round(top + y(value));
    out.push(element('path', { d: `M${left} ${at}h${FIELD.width}`, stroke: '#e9ecef' }));
    if (withAxis) out.push(label(left - 8, at + 4, value.toFixed(1), { 'text-anchor': 'end' }));
  }
  for (const stride of STRIDES) {
    out.push(label(left + x(stride), top + FIELD.height + 17, String(stride), { 'text-anchor': 'middle' }));
  }
  for (const [pick, stroke] of Object.entries(COLOURS)) {
    for (const [count, dashes] of Object.entries(DRAWN)) {
      const values = lines[`${pick} ${count}`];
      const points = values.flatMap((value, i) =>
        value === undefined ? [] : [`${round(left + x(STRIDES[i]))} ${round(top + y(Math.max(0, value)))}`],
      );
      const style = { stroke, 'stroke-width': 2, 'stroke-dasharray': dashes, fill: 'none' };
      out.push(element('path', { d: `M${points.join('L')}`, ...style, 'stroke-linejoin': 'round' }));
    }
  }
  return out.join('\n');
}

/** @param results results of `measure`, by the name of the set */
export function accuracySvg(results) {
  const names = Object.keys(results);
  const columns = 2;
  const [across, down] = [FIELD.left + FIELD.width + FIELD.gap, FIELD.top + FIELD.height + 30];
  const width = columns * across;
  const height = Math.ceil(names.length / columns) * down + LEGEND;
  const out = names.map((name, i) => {
    const column = i % columns;
    const [left, top] = [column * across + FIELD.left, Math.floor(i / columns) * down + FIELD.top];
    return field(SETS[name].title, results[name], left, top, column === 0);
  });
  const at = height - LEGEND + 18;
  out.push(label(width / 2, at - 8, 'stride: every n-th row is in the tree', { 'text-anchor': 'middle' }));
  let left = 14;
  for (const [pick, stroke] of Object.entries(COLOURS)) {
    for (const [count, dashes] of Object.entries(DRAWN)) {
      const style = { stroke, 'stroke-width': 2, 'stroke-dasharray': dashes };
      out.push(element('path', { d: `M${left} ${at + 14}h22`, ...style }));
      out.push(
        label(
          left + 27,
          at + 18,
          pick === 'random' ? `${count} at random` : `${count} ${pick}${count === '1' ? '' : 's'}`,
        ),
      );
      left += count !== '1' ? 106 : pick === 'random' ? 100 : 92;
    }
  }
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    'font-family': 'system-ui, sans-serif',
    role: 'img',
    'aria-label': 'Adjusted Rand index of two passes against exact linkage, by stride',
  };
  const paper = element('rect', { width, height, fill: '#ffffff' });
  return `${element('svg', attributes, `\n${paper}\n${out.join('\n')}\n`)}\n`;
}
