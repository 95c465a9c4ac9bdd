/** Built-in modules of the platform (`node:fs` ...). They are looked up on use, since a page without paths needs none. */

interface Platform {
  process?: { getBuiltinModule?(name: string): unknown };
}

/** The module, or undefined if the platform does not have it. */
export function builtin(name: string): unknown {
  try {
    return (globalThis as Platform).process?.getBuiltinModule?.(name);
  } catch {
    return undefined;
  }
}

/** Like `builtin`, with the type that the caller expects. */
export function platformModule<T>(name: string): T | undefined {
  return builtin(name) as T | undefined;
}
