/** A typed array that grows at its end; its values can be handed to another thread as they are. */
class Growing<Data extends Float64Array | Int32Array | Uint8Array> {
  private data: Data;
  length = 0;

  constructor(private readonly make: (size: number) => Data) {
    this.data = make(1024);
  }

  push(value: number): void {
    if (this.length === this.data.length) this.reserve(1);
    this.data[this.length] = value;
    this.length += 1;
  }

  append(values: Data): void {
    this.reserve(values.length);
    this.data.set(values, this.length);
    this.length += values.length;
  }

  appendShifted(values: Data, shift: number): void {
    this.reserve(values.length);
    const { data, length } = this;
    for (let index = 0; index < values.length; index += 1) data[length + index] = values[index]! + shift;
    this.length += values.length;
  }

  /** Adds the same value so many times. */
  repeat(value: number, count: number): void {
    this.reserve(count);
    this.data.fill(value, this.length, this.length + count);
    this.length += count;
  }

  /** Adds `first` and the whole numbers behind it. */
  appendRange(first: number, count: number): void {
    this.reserve(count);
    for (let index = 0; index < count; index += 1) this.data[this.length + index] = first + index;
    this.length += count;
  }

  at(index: number): number {
    return this.data[index]!;
  }

  private reserve(count: number): void {
    if (this.length + count <= this.data.length) return;
    const larger = this.make(2 * (this.length + count));
    larger.set(this.data);
    this.data = larger;
  }

  /** The values, when no more will be added: they are not copied. */
  values(): Data {
    return this.data.subarray(0, this.length) as Data;
  }
}

export const growingFloats = () => new Growing<Float64Array>((size) => new Float64Array(size));
export const growingInts = () => new Growing<Int32Array>((size) => new Int32Array(size));
export const growingBytes = () => new Growing<Uint8Array>((size) => new Uint8Array(size));

const PAGE_ROWS = 1024;

/** Rows of so many numbers, in any order, in pages that stay where they are: one array that grows would be there twice while it is copied. */
export class Pages {
  private readonly pages: (Float64Array | undefined)[] = [];

  constructor(private readonly fields: number) {}

  /** The numbers of a row, zeros where it was not set; undefined where none near it was. */
  get(row: number): Float64Array | undefined {
    const at = (row % PAGE_ROWS) * this.fields;
    return this.pages[Math.floor(row / PAGE_ROWS)]?.subarray(at, at + this.fields);
  }

  set(row: number, numbers: readonly number[]): void {
    const index = Math.floor(row / PAGE_ROWS);
    this.pages[index] ??= new Float64Array(PAGE_ROWS * this.fields);
    this.pages[index].set(numbers, (row % PAGE_ROWS) * this.fields);
  }
}
