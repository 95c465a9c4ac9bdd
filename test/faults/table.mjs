/** The commands, on small inputs: arguments, options that name outputs, and what is removed before each run. */
export const COMMANDS = {
  cluster: {
    args: ['cluster', 'in.npy', '--clusters', '2', '--threads', '1'],
    outputs: {
      '--out': 'labels.csv',
      '--model': 'model-2.st',
      '--linkage': 'tree.npy',
      '--plot': 'tree.svg',
      '--report': 'report.html',
    },
  },
  'cluster to a table': {
    args: ['cluster', 'in.csv', '--columns', 'x,y', '--clusters', '2', '--threads', '1'],
    outputs: { '--table': 'table.csv', '--out': 'labels.csv' },
  },
  'kmeans to a table': {
    args: ['kmeans', 'in.csv', '--columns', 'x,y', '--k', '2', '--threads', '1'],
    outputs: { '--table': 'table.parquet', '--report': 'report.html' },
  },
  assign: {
    args: ['assign', 'in.npy', '--model', 'model.st', '--threads', '1'],
    outputs: { '--out': 'assigned.npy' },
  },
  linkage: {
    args: ['linkage', 'in.csv', '--id-column', 'name', '--threads', '1'],
    outputs: { '--out': 'tree.npy', '--names': 'names-2.txt' },
  },
  cut: { args: ['cut', 'z.npy', '--clusters', '3', '--names', 'names.txt'], outputs: { '--out': 'cut.csv' } },
  dendrogram: { args: ['dendrogram', 'z.npy', '--labels', 'names.txt'], outputs: { '--out': 'drawn.svg' } },
  kmeans: {
    args: ['kmeans', 'in.csv', '--columns', 'x,y', '--k', '2', '--threads', '1'],
    outputs: { '--out': 'k.parquet', '--centroids': 'centroids.npy' },
  },
  'batch run': {
    args: ['batch', 'run', 'in.npy', '--method', 'ward', '--distance', '2', '--threads', '1'],
    outputs: { '--out': 'batches.npy' },
  },
  'batch train': {
    args: ['batch', 'train', 'in.npy', '--k', '2', '--store', 'run', '--threads', '1'],
    reset: ['run'],
  },
  describe: {
    args: ['describe', 'in.csv', '--columns', 'x,y', '--by', 'name', '--threads', '1'],
    outputs: { '--out': 'described.csv' },
  },
  heatmap: {
    args: ['heatmap', 'in.csv', '--threads', '1'],
    outputs: { '--out': 'map.svg', '--row-linkage': 'rows.npy' },
  },
  plan: { args: ['plan', 'in.npy', '--clusters', '2'] },
  info: { args: ['info', 'in.npy'] },
};
