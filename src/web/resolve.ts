/** Where a module of another package is, for the worker that runs it: the build puts each beside the page's scripts. */
export const resolveModule = (name: string): string => new URL(`./${name}.js`, import.meta.url).href;
