/** Modules of the platform (`node:fs` ...), looked up at call time: a page that never opens a path never needs one. */

interface Platform {
  process?: { getBuiltinModule?(name: string): unknown };
}

/** The module, or undefined where the platform has none of that name. */
export function builtin(name: string): unknown {
  try {
    return (globalThis as Platform).process?.getBuiltinModule?.(name);
  } catch {
    return undefined;
  }
}

/** As `builtin`, with the type that the caller knows it to have. */
export function platformModule<T>(name: string): T | undefined {
  return builtin(name) as T | undefined;
}
