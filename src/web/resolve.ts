/** URL of a module of another package, for the worker that runs it. The build puts it beside the page's scripts. */
export const resolveModule = (name: string): string => new URL(`./${name}.js`, import.meta.url).href;
