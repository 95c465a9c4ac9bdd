import { expect, test } from 'vitest';
import { BatchClustering, kmeans, twoPass } from '../../src/index.ts';

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

test("scikit-learn's random_state is the seed", async () => {
  const work = kmeans(X, { k: 2, random_state: 1 } as never);
  await expect(work).rejects.toThrow("kmeans has no option 'random_state'; did you mean 'seed'?");
});

test('a run is not made by new', () => {
  const Made = BatchClustering as unknown as new () => unknown;
  expect(() => new Made()).toThrow('use BatchClustering.train()');
});
