/** Makes one allocation of this process fail as the engine does, for tests of what comes out then. */

type Constructor = new (...args: unknown[]) => object;
const global = globalThis as unknown as Record<string, Constructor>;

const ARRAYS = [
  ...[
    'Int8Array',
    'Uint8Array',
    'Uint8ClampedArray',
    'Int16Array',
    'Uint16Array',
    'Int32Array',
    'Uint32Array',
  ],
  ...['Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array'],
];
const BUFFERS = ['ArrayBuffer', 'SharedArrayBuffer'];

const real = {
  Memory: WebAssembly.Memory,
  grow: WebAssembly.Memory.prototype.grow,
  sliceBuffer: ArrayBuffer.prototype.slice,
  sliceArray: Object.getPrototypeOf(Uint8Array.prototype).slice as (
    this: Uint8Array,
    ...a: number[]
  ) => object,
  readBlob: Blob.prototype.arrayBuffer,
  decode: TextDecoder.prototype.decode,
  constructors: new Map([...ARRAYS, ...BUFFERS].map((name) => [name, global[name]])),
};

/** Counts allocations of `leastBytes` or more, and fails the one of number `failing`, from 1; none where that is 0. */
export class FailingAllocations {
  count = 0;
  /** What was thrown. */
  thrown: Error | undefined;
  readonly #leastBytes: number;
  readonly #failing: number;

  constructor(leastBytes: number, failing = 0) {
    this.#leastBytes = leastBytes;
    this.#failing = failing;
  }

  #allocate(bytes: number, message: string): void {
    if (!(bytes >= this.#leastBytes) || ++this.count !== this.#failing) return;
    this.thrown = new RangeError(message);
    throw this.thrown;
  }

  /** From here on, until `stop`. */
  start(): void {
    const allocate = this.#allocate.bind(this);
    const failed = 'Array buffer allocation failed';
    for (const name of ARRAYS) {
      const size = (real.constructors.get(name) as unknown as { BYTES_PER_ELEMENT: number })
        .BYTES_PER_ELEMENT;
      this.#replace(name, ([from]) => {
        if (ArrayBuffer.isView(from)) return allocate((from as Uint8Array).length * size, failed);
        if (typeof from === 'number') return allocate(from * size, failed);
        if (Array.isArray(from)) return allocate(from.length * size, failed);
      });
    }
    for (const name of BUFFERS) this.#replace(name, ([bytes]) => allocate(Number(bytes), failed));
    const { grow, sliceBuffer, sliceArray, readBlob, decode, Memory } = real;
    WebAssembly.Memory = new Proxy(Memory, {
      construct(target, [descriptor]) {
        allocate(descriptor.initial * 65536, 'WebAssembly.Memory(): could not allocate memory');
        return new target(descriptor);
      },
    });
    Memory.prototype.grow = function (this: WebAssembly.Memory, pages) {
      allocate(pages * 65536, 'WebAssembly.Memory.grow(): Unable to grow instance memory');
      return grow.call(this, pages);
    };
    ArrayBuffer.prototype.slice = function (this: ArrayBuffer, from = 0, to = this.byteLength) {
      allocate(to - from, failed);
      return sliceBuffer.call(this, from, to);
    };
    Object.getPrototypeOf(real.constructors.get('Uint8Array')!.prototype).slice = function (
      this: Uint8Array,
      from = 0,
      to = this.length,
    ) {
      allocate((to - from) * this.BYTES_PER_ELEMENT, failed);
      return sliceArray.call(this, from, to);
    };
    TextDecoder.prototype.decode = function (this: TextDecoder, bytes, options) {
      allocate(bytes?.byteLength ?? 0, failed);
      return decode.call(this, bytes, options);
    };
    Blob.prototype.arrayBuffer = async function (this: Blob) {
      allocate(this.size, failed);
      return readBlob.call(this);
    };
  }

  #replace(name: string, check: (args: unknown[]) => void): void {
    global[name] = new Proxy(real.constructors.get(name) as Constructor, {
      construct(target, args, newTarget) {
        check(args);
        return Reflect.construct(target, args, newTarget);
      },
    });
  }

  stop(): void {
    for (const [name, one] of real.constructors) global[name] = one;
    WebAssembly.Memory = real.Memory;
    real.Memory.prototype.grow = real.grow;
    ArrayBuffer.prototype.slice = real.sliceBuffer;
    Object.getPrototypeOf(Uint8Array.prototype).slice = real.sliceArray;
    Blob.prototype.arrayBuffer = real.readBlob;
    TextDecoder.prototype.decode = real.decode;
  }
}
