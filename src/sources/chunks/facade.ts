import type { Chunk, Source } from '../../types.ts';

/**
 * An object with the properties of a source and some of its own (`own`). Those of the source are read when they are needed, and
 * its methods keep their `this`.
 */
export function facade<S extends Source, O extends object>(source: S, own: O): S & O {
  const out = Object.create(null);
  for (let from: object = source; from && from !== Object.prototype; from = Object.getPrototypeOf(from)) {
    for (const key of Reflect.ownKeys(from)) {
      if (key in out || key in own || key === 'constructor') continue;
      const get = () => {
        const value = Reflect.get(source, key);
        return typeof value === 'function' ? value.bind(source) : value;
      };
      Object.defineProperty(out, key, { enumerable: true, configurable: true, get });
    }
  }
  Object.defineProperties(out, Object.getOwnPropertyDescriptors(own));
  return out;
}

/** A copy of a chunk with other properties. What the chunk computes when it is asked for, such as names, is not computed here. */
export function altered<C extends Chunk>(chunk: C, change: Partial<Chunk>): C {
  return Object.assign(Object.defineProperties({} as C, Object.getOwnPropertyDescriptors(chunk)), change);
}
