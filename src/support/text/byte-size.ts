/** Sizes in bytes, as numbers and as text such as '256MB'. */

import { wrongType, wrongValue } from '../checks.ts';

const UNITS: Record<string, number> = {
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/**
 * Parse a size in bytes: a number, or a string such as '256MB' (256e6) or '256MiB' (2^28).
 * @throws TypeError for other types, RangeError for sizes that are not positive or cannot be read
 */
export function parseBytes(value: number | string, name = 'memoryLimit'): number {
  if (typeof value === 'number') {
    if (!Number.isFinite(value) || value <= 0) {
      throw wrongValue(name, 'a positive number of bytes', value);
    }
    return Math.floor(value);
  }
  if (typeof value !== 'string') {
    throw wrongType(name, "a number of bytes or a string such as '256MB'", value);
  }
  const match = /^\s*(\d+(?:\.\d+)?)\s*([a-z]*)\s*$/i.exec(value);
  const unit = match ? UNITS[match[2].toLowerCase() || 'b'] : undefined;
  const bytes = match && unit ? Math.floor(Number(match[1]) * unit) : 0;
  if (bytes <= 0) {
    throw wrongValue(name, "a positive size such as '256MB', '1.5GB' or '256MiB'", value);
  }
  return bytes;
}
