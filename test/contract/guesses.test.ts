import { expect, test } from 'vitest';
import { kmeans, twoPass } from '../../src/index.ts';

const X = [[0], [1], [5]];

test('the number of clusters is guessed by whatever name libraries have for it', async () => {
  for (const name of ['k', 'nClusters', 'n_clusters', 'numClusters']) {
    const work = twoPass(X, { [name]: 2 } as never);
    await expect(work, name).rejects.toThrow(`twoPass has no option '${name}'; did you mean 'clusters'?`);
  }
  for (const name of ['clusters', 'nClusters', 'n_clusters']) {
    const work = kmeans(X, { [name]: 2 } as never);
    await expect(work, name).rejects.toThrow(`kmeans has no option '${name}'; did you mean 'k'?`);
  }
});
