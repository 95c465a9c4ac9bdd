/** Which folder may import which, and that no files import each other in a circle. Imports of types count. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';

/** Every folder of src/ may import these. */
const COMMON = [
  'src/errors.ts',
  'src/messages.ts',
  'src/types.ts',
  'src/support',
  'src/support/matrix',
  'src/support/numbers',
  'src/support/text',
];

/** All that is in src/, as far as the pipelines. */
const ENGINE = ['src/runtime', 'src/runtime/memory', 'src/runtime/threads', 'src/runtime/kernels'];
const HIERARCHY = ['src/hierarchy', 'src/hierarchy/linkage', 'src/hierarchy/trees'];
const SOURCES = [
  'src/sources',
  ...readdirSync('src/sources', { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `src/sources/${name}`),
];
const PLOT = ['src/plot', 'src/plot/drawing', 'src/plot/dendrogram', 'src/plot/heatmap', 'src/plot/scatter'];
const LIBRARY = [
  ...ENGINE,
  ...HIERARCHY,
  ...SOURCES,
  'src/distance',
  'src/graph',
  'src/validation',
  'src/clusters',
  'src/sinks',
  'src/stores',
  'src/sequences',
  'src/model',
  'src/kmeans',
  'src/twopass',
  'src/batches',
];
const READER = ['src/sources/bytes', 'src/sources/chunks'];
const TERMINAL = ['src/cli/terminal'];

/** What a folder (or a file) may import, besides its own files and COMMON. */
const RULES: Record<string, string[]> = {
  'src/errors.ts': [],
  'src/messages.ts': [],
  'src/types.ts': [],
  'src/support': [],
  'src/support/matrix': [],
  'src/support/numbers': [],
  'src/support/text': [],
  'src/runtime/memory': [],
  'src/runtime/threads': ['src/runtime/kernels/constants.ts', 'src/runtime/memory'],
  'src/runtime/kernels': ['src/runtime/threads', 'build'],
  'src/runtime': ENGINE,
  'src/sinks': [],
  'src/stores': [],
  'src/distance': ENGINE,
  'src/graph': ENGINE,
  'src/hierarchy': ['src/distance/squareform.ts'],
  'src/hierarchy/linkage': ['src/hierarchy', 'src/distance', ...ENGINE],
  'src/hierarchy/trees': ['src/hierarchy'],
  'src/validation': ['src/distance', ...ENGINE],
  // A folder of readers, where it has no rule of its own below.
  ...Object.fromEntries(SOURCES.slice(1).map((folder) => [folder, READER])),
  'src/sources/compression': [],
  // Rows in memory, and the limit that all calls share.
  'src/sources/prepare': [...READER, 'src/sources/memory.ts', 'src/runtime/memory'],
  // The limit that all calls share.
  'src/sources/join': [...READER, 'src/runtime/memory'],
  'src/sources/bytes': ['src/sources/compression', 'src/runtime/memory'],
  'src/sources/chunks': ['src/sources/bytes'],
  'src/sources/parquet': [...READER, 'src/sources/compression'],
  'src/sources/arrow': [...READER, 'src/sources/compression'],
  'src/sources/npz': [...READER, 'src/sources/npy', 'src/sources/zip'],
  'src/sources/xlsx': [...READER, 'src/sources/text', 'src/sources/zip'],
  'src/sources/hdf5': [...READER, 'src/sources/trajectories/topology.ts', 'build'],
  'src/sources': [...SOURCES, 'src/runtime/memory'],
  'src/sequences': ['src/graph', 'src/sources/bytes', 'src/sources/text', ...ENGINE],
  'src/model': ['src/distance', 'src/sources', 'src/sources/prepare', ...ENGINE],
  'src/clusters': ['src/model', 'src/validation', 'src/distance', ...ENGINE],
  'src/kmeans': ['src/model', 'src/distance', ...ENGINE],
  'src/twopass': ['src/model', 'src/distance', ...HIERARCHY, ...ENGINE],
  'src/batches': LIBRARY.filter(
    (folder) => !['src/twopass', 'src/clusters', 'src/sinks', 'src/validation'].includes(folder),
  ),
  'src/plot/drawing': [],
  'src/plot/dendrogram': ['src/plot/drawing', 'src/hierarchy'],
  'src/plot/heatmap': ['src/plot/drawing', 'src/plot/dendrogram', 'src/hierarchy'],
  'src/plot/scatter': ['src/plot/drawing'],
  'src/plot': [...PLOT, 'src/hierarchy'],
  // Trees are grown, then drawn.
  'src/heatmap': ['src/plot/heatmap', 'src/distance', ...HIERARCHY, ...ENGINE],
  'src/index.ts': [
    ...LIBRARY.filter(
      (folder) => !folder.startsWith('src/sources') && folder !== 'src/sinks' && folder !== 'src/sequences',
    ),
    'src/heatmap',
    // A type only.
    'src/plot/heatmap/strips.ts',
  ],
  'src/cli/terminal': [...ENGINE, 'src/sinks'],
  'src/cli/flags': [...TERMINAL, ...LIBRARY],
  'src/cli/files': ['src/cli/flags', ...TERMINAL, ...LIBRARY, ...PLOT],
  'src/cli/report': ['src/heatmap', 'src/cli/files', 'src/cli/flags', ...TERMINAL, ...LIBRARY, ...PLOT],
  'src/cli/commands': [
    'src/heatmap',
    'src/cli/report',
    'src/cli/files',
    'src/cli/flags',
    ...TERMINAL,
    ...LIBRARY,
    ...PLOT,
  ],
  'src/cli': ['src/cli/commands', 'src/cli/files', 'src/cli/flags', ...TERMINAL, ...LIBRARY],
  'src/web/worker': [
    'examples/tutorial',
    'src/hierarchy/linkage/methods.ts',
    'src/messages.ts',
    'src/model/tree-labels.ts',
    'src/sources/chunks/facade.ts',
    'src/sources/skip-bad-rows.ts',
  ],
  'src/web/state': ['src/hierarchy/linkage/methods.ts', 'src/web/worker'],
  'src/web/canvas': ['src/web/state', 'src/web/worker'],
  'src/web/views': ['src/web/canvas', 'src/web/state', 'src/web/worker'],
  'src/web': ['src/web/canvas', 'src/web/state', 'src/web/views', 'src/web/worker'],
  'assembly/lib': [],
  'assembly/distance': ['assembly/lib'],
  'assembly/graph': ['assembly/lib'],
  'assembly/sequences': ['assembly/lib'],
  'assembly/linkage': ['assembly/lib'],
  'assembly/linkage/single': ['assembly/lib'],
  'assembly/linkage/matrix': ['assembly/lib', 'assembly/linkage'],
  'assembly/linkage/linear': ['assembly/lib', 'assembly/linkage'],
  'assembly/assign': ['assembly/lib', 'assembly/distance'],
  'assembly/kmeans': ['assembly/lib', 'assembly/distance'],
};
/** The lists of what the two modules export. */
const ENTRIES = ['assembly/index.ts', 'assembly/extra.ts'];

const posix = (file: string) => file.split(path.sep).join('/');
const files = ['src', 'assembly']
  .flatMap((root) =>
    readdirSync(root, { recursive: true }).map((file) => posix(path.join(root, String(file)))),
  )
  .filter((file) => /\.tsx?$/.test(file));
const known = new Set(files);

/** The files that a file imports, of types too, and those it would load later. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  const found = text.matchAll(/^(?:import|export)\b[^'"`;]*?from '(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm);
  return [...found].map(([, one, later]) => {
    const name = path.posix.join(path.posix.dirname(file), one ?? later);
    return known.has(`${name}.ts`) ? `${name}.ts` : name;
  });
}
const graph = new Map(files.map((file) => [file, importsOf(file)]));

const within = (file: string, place: string) => file === place || path.posix.dirname(file) === place;
const ruleOf = (file: string) => (RULES[file] ? file : path.posix.dirname(file));

describe('imports', () => {
  it('are found', () => {
    expect([...graph.values()].flat().length).toBeGreaterThan(1500);
    expect(graph.get('src/sources/formats.ts')).toContain('src/sources/parquet/parquet.ts');
    expect(graph.get('assembly/index.ts')).toContain('assembly/distance/tile.ts');
  });

  it('go from folder to folder as the rules say', () => {
    const forbidden: string[] = [];
    for (const [file, imports] of graph) {
      if (ENTRIES.includes(file)) continue;
      const rule = ruleOf(file);
      expect(RULES, `a rule for ${file}`).toHaveProperty([rule]);
      const own = RULES[file] ? [] : [rule];
      const common = file.startsWith('src/') && !file.startsWith('src/web/') ? COMMON : [];
      for (const to of imports) {
        const allowed = [...own, ...common, ...RULES[rule]].some(
          (place) => within(to, place) || (/^build\b/.test(to) && place === 'build'),
        );
        if (!allowed) forbidden.push(`${file} imports ${to}`);
      }
    }
    expect(forbidden).toEqual([]);
  });

  it('have a rule for nothing that is not there', () => {
    const unused = Object.keys(RULES).filter((place) => !files.some((file) => within(file, place)));
    expect(unused).toEqual([]);
  });

  it('make no circles', () => {
    const circles: string[] = [];
    const state = new Map<string, 'open' | 'done'>();
    const visit = (file: string, way: string[]): void => {
      if (state.get(file) === 'done') return;
      if (state.get(file) === 'open') {
        circles.push([...way.slice(way.indexOf(file)), file].join(' -> '));
        return;
      }
      state.set(file, 'open');
      for (const to of graph.get(file) ?? []) visit(to, [...way, file]);
      state.set(file, 'done');
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });
});
