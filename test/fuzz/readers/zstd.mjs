import { readFileSync } from 'node:fs';
import { rawZstd } from '../formats/frames.mjs';
import { readRows } from '../reading.mjs';

const encoder = new TextEncoder();
const rows = (from, to) =>
  encoder.encode(Array.from({ length: to - from }, (_, i) => `${from + i},${(from + i) / 4}\n`).join(''));

const fixture = (name) =>
  new Uint8Array(readFileSync(new URL(`../../sources/fixtures/compressed/${name}`, import.meta.url)));

/**
 * Two tables of 60 and 100 rows as zstd 1.5 compresses them: `-1 --check` and `-19 --check` of the first, `-3 --check` from a pipe
 * and `-19 --no-check` of the second.
 */
const COMPRESSED = {
  fast: 'KLUv/WScApUMANZfQBCwJW0MA0c2kVy5O/fMgrwEOwA7ADsAtDMf5PKMXFaZ5NJjPsS4FDF/pQN+IijLOABqIJRXfLDSiH/54SeqNNMAaoDK48OUxbs0PyEAakBKoQSBSpHjI4TAEPhgxoeN8RM2pYXTprw5H+JTVlB8fEpX8ROfUqR4lzbiQ5TLGuKjXF5QLu3DcvkZPgS5AVV+xK7S6Ey7yqvArrIsmA9xlQ7EVYqYKabS86OyqszHGR2VdmMelZ+ASrvNR0DlBRJQWSNmQKXt+BABAGrgXjqol2X08mqIn6iXRibWqV6ab/ggenkS0DwMyS8tNvJS5MPHXJWWGldZQsMJVZ7MuEqzhw87UahhNEWMYooxuzYDkCIZmbcBEBD7igIXJERmlix7XfqCHJJUE5sGlAlx5FV0PdisFYRK1d0nDIXZUk4QKU3Zu4n+AQg5nh+AQ+x0Tx6306E1CBjKMI0mYBJ2WsvDiJV7TVw/i5MIhESY0WiOjDmaBRMo1lqqJEIKxkRmoiJgASDxXiMLPgyjGVuP/LBfFR7o4dY=',
  best: 'KLUv/WScAo0LAHYZNBDAJQf/A0MabZK7NzfX6bgBLQAtADAA3KgpZ3dUrtNdSDmR7oOrIHCujeCGd1Fc0X7uY666Ejd2MZz3ct0nEIA4CCeTH+5THq7EVzTcmM9wFrx3uNoynIj3ci3ahVDOQ7soN4QqV5/55T6zC5er0Z0aw8KYc4lazIlUJx3EdS4QZ3sUFXE1phtk4urtTiRDnEc6ocS1hhAnMvYhCGJCiKo9AHEYgkk45yJxbniozhWV5pM/6MJczOg1/zBXsWDOQrMRUuaqnZv7yNhc0ehK5gJoqEG1IoRMoqzdcEwga+MGIBZ7zJdGERUcaeJpcjU/QV0w+OKK4r2sevhvMqlRF/LU8yZjqVlfj94sal2Tcfp4CdZ4KKD7RnYxITHTJInCfQNlOI7H3G03lDRbb2Hs472yxBiQ/cuA0HHMnxmYTiiDoQHEW6Wa8q8Ck8Yvw2dbLaz4SPoURSpkIXRJfO0bx4UQwGOUUy1upCwPMRBYBR7o4dY=',
  piped:
    'KLUv/QRYlQgAxpgyDKClDm+U0pJ2qooOCi0ALgAvAHbug3hGrHKJHvchhiLuY+ignxiWdXjVhzCN+jA//YRprnl9CGH1E0IpDfQhAaGBN6EP1ofxY/2E0cJrvHkf4qyg+jhd1U+cItXTRn2IYg31UbygaJ8WP9OHIAauzavAZllwH2I6MFPEXDE9P1bV8YyOduMePwHtdh8BL5CANeIGtAWKXB+BrsAKAnRQZhmZV0OmkalFpvmmDzJPgjFLwpRMi40p8uljTEuNWULTMU/s6cPmR0yjCxkAcjsabq+4bWM0hFHbA822KWIrq2svNVYDOCKJolGU6NZCdD44DUwfbZ7RUJGs+a1JIjKnCE0zeyhYufDGDzrwB6nFCPM9gmo=',
  unchecked:
    'KLUv/WAaAvUHAOaWLgygpQ72xOws5QCQDgoqACwAKgC0a5QQz4h/g1g3KhBzplFiNkRZzFuY99IoSspyaY3yogIZPsoynGCBKJl2AWcuSgL2IeBDEEFgUWIsm9GCCuO5ig+PkmL/4syjWKPzpig5L/i0cpxlU+VxS6NrtLyHKW9Bo2TKhilnrDFlXcf/xzM62rlxLAdatVESeGEC72kENmz4yxuVd9NLo1K8LA9RaT0qbwIFDio75nKmXHbu8kMOlzd2S2vdMiQoMCWQojxRoNj9///PvAXuogIBETtKCircDaAs09otRaP6gDzjokgmPzSngTx6f48vfvwTrirOmTm1WIoPUusW',
};

export default {
  name: 'zstd',
  seeds: () => [
    { name: 'raw', bytes: rawZstd(rows(0, 20), rows(20, 40)) },
    { name: 'frames', bytes: fixture('frames.csv.zst') },
    ...Object.entries(COMPRESSED).map(([name, text]) => ({
      name,
      bytes: new Uint8Array(Buffer.from(text, 'base64')),
    })),
  ],
  run: (bytes, { way, options }) => readRows(bytes, way, 'csv.zst', { format: 'csv', ...options }),
  /** A checksum covers what comes out; whole frames may be put together anew. */
  accepted: ({ seed, seeds, edits, result }) =>
    ['raw', 'unchecked'].includes(seed.name) ||
    seeds.some((one) => one.result.digest === result.digest) ||
    edits.some((edit) => ['splice', 'duplicate', 'swap', 'remove', 'extend'].includes(edit))
      ? undefined
      : 'accepted with other numbers although a checksum covers them',
};
