/** k-means as one would say it, in float64. */

export interface Found {
  centroids: number[][];
  labels: number[];
  inertia: number;
  iterations: number;
}

export function square(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let c = 0; c < a.length; c++) sum += (a[c] - b[c]) ** 2;
  return sum;
}

/** The nearest centroid of each row; the first on ties. */
export function nearest(X: number[][], centroids: number[][]): number[] {
  return X.map((x) => {
    let best = 0;
    for (let j = 1; j < centroids.length; j++) {
      if (square(x, centroids[j]) < square(x, centroids[best])) best = j;
    }
    return best;
  });
}

/** Lloyd's algorithm; clusters without rows get the rows farthest from their centroids. */
export function lloyd(X: number[][], init: number[][], maxIter: number, tol: number): Found {
  let centroids = init;
  let iterations = 0;
  while (iterations < maxIter) {
    const labels = nearest(X, centroids);
    const members = centroids.map((_, j) => X.filter((_x, i) => labels[i] === j));
    const far = X.map((x, i) => ({ i, distance: square(x, centroids[labels[i]]) }))
      .filter(({ distance }) => distance > 0)
      .sort((a, b) => b.distance - a.distance || a.i - b.i);
    members.forEach((rows, j) => {
      if (rows.length > 0) return;
      const next = far.shift();
      if (!next) return;
      const home = members[labels[next.i]];
      home.splice(home.indexOf(X[next.i]), 1);
      members[j] = [X[next.i]];
    });
    const moved = members.map((rows, j) =>
      rows.length === 0 ? centroids[j] : X[0].map((_, c) => rows.reduce((s, x) => s + x[c], 0) / rows.length),
    );
    const shift = moved.reduce((s, c, j) => s + square(c, centroids[j]), 0);
    centroids = moved;
    iterations++;
    if (shift <= tol) break;
  }
  const labels = nearest(X, centroids);
  const inertia = X.reduce((s, x, i) => s + square(x, centroids[labels[i]]), 0);
  return { centroids, labels, inertia, iterations };
}
