/** Example data, generated in the browser from a fixed seed. */
import { npyMatrix } from 'coppice/sinks';
import { fiveGroups, normal, uniform } from '../../../examples/tutorial/data.mjs';

/** The points of docs/tutorial.md: five clouds in the plane, 750 rows. */
export function blobs(): File {
  const lines = fiveGroups().map(([x, y]) => `${x.toFixed(4)},${y.toFixed(4)}`);
  return new File([`x,y\n${lines.join('\n')}\n`], 'blobs.csv', { type: 'text/csv' });
}

/**
 * Data that resemble embeddings of short texts: 12,000 rows of 64 columns, each scaled to length 1. The rows belong to nine
 * subjects of very different sizes; every three subjects share an area.
 */
export function embeddings(): File {
  const rows = 12_000;
  const cols = 64;
  const next = normal(7);
  const pick = uniform(8);
  const direction = (scale: number) => Array.from({ length: cols }, () => scale * next());
  const areas = Array.from({ length: 3 }, () => direction(1));
  const below = (above: number[], scale: number): number[] => {
    const own = direction(scale);
    return above.map((x, j) => x + own[j]);
  };
  const subjects = Array.from({ length: 9 }, (_, i) => {
    const subject = below(areas[Math.floor(i / 3)], 0.8);
    // Topics of one subject lie closer together than subjects do, and each topic has three variants.
    return Array.from({ length: 2 + (i % 3) }, () => {
      const topic = below(subject, 0.5);
      return Array.from({ length: 3 }, () => below(topic, 0.3));
    });
  });
  const shares = [0.22, 0.31, 0.42, 0.55, 0.64, 0.72, 0.86, 0.95, 1];
  const data = new Float32Array(rows * cols);
  for (let i = 0; i < rows; i++) {
    const at = pick();
    const topics = subjects[shares.findIndex((share) => at < share)];
    const variants = topics[Math.floor(pick() * topics.length)];
    const row = below(variants[Math.floor(pick() ** 2 * variants.length)], 0.4);
    const length = Math.hypot(...row);
    for (let j = 0; j < cols; j++) data[i * cols + j] = row[j] / length;
  }
  return new File([npyMatrix(data, cols) as BlobPart], 'embeddings.npy');
}
