/** A typed array that grows at its end; its values can be handed to another thread as they are. */
export class Growing<Data extends Float64Array | Int32Array | Uint8Array> {
  private data: Data;
  length = 0;

  constructor(private readonly make: (size: number) => Data) {
    this.data = make(1024);
  }

  push(value: number): void {
    if (this.length === this.data.length) {
      const larger = this.make(2 * this.data.length);
      larger.set(this.data);
      this.data = larger;
    }
    this.data[this.length] = value;
    this.length += 1;
  }

  at(index: number): number {
    return this.data[index]!;
  }

  /** The values so far, in an array of their own. */
  values(): Data {
    return this.data.slice(0, this.length) as Data;
  }
}

export const growingFloats = () => new Growing<Float64Array>((size) => new Float64Array(size));
export const growingInts = () => new Growing<Int32Array>((size) => new Int32Array(size));
export const growingBytes = () => new Growing<Uint8Array>((size) => new Uint8Array(size));
