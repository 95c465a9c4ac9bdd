/** Formats numbers for display. */

const counts = new Intl.NumberFormat('en');

export const count = (n: number): string => counts.format(Math.round(n));

/** The word for a row of the data. */
export function rowName({ atoms, sequences }: { atoms: number | undefined; sequences?: object }): string {
  return sequences ? 'sequence' : atoms === undefined ? 'row' : 'frame';
}

export function plural(n: number, one: string): string {
  return `${count(n)} ${one}${n === 1 ? '' : 's'}`;
}

/** Bytes in powers of 1,000, as the package writes them. */
export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let value = n;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : Number(value.toPrecision(3))} ${units[unit]}`;
}

/** 3 or 4 significant digits; from 1,000 up to a million, the nearest whole number. */
export function number(x: number): string {
  if (!Number.isFinite(x)) return String(x);
  if (x === 0) return '0';
  const size = Math.abs(x);
  if (size >= 1e6 || size < 1e-3) return x.toExponential(2);
  return size >= 1000 ? count(x) : String(Number(x.toPrecision(4)));
}

export function duration(seconds: number): string {
  if (seconds < 1) return 'under a second';
  if (seconds < 10) return `${Math.ceil(seconds)} s`;
  if (seconds < 90) return `${Math.ceil(seconds / 5) * 5} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${Number((seconds / 3600).toPrecision(2))} h`;
}

/** 12.3 M rows/s */
export function rate(perSecond: number): string {
  if (perSecond >= 1e6) return `${Number((perSecond / 1e6).toPrecision(3))} M`;
  if (perSecond >= 1e3) return `${Number((perSecond / 1e3).toPrecision(3))} k`;
  return count(perSecond);
}

export function percent(part: number): string {
  const value = 100 * part;
  return `${value >= 10 || value === 0 ? Math.round(value) : Number(value.toPrecision(2))} %`;
}
