/** The bytes of `assembly/lines.ts`, compiled by `scripts/assembly.js`. */
declare const bytes: Uint8Array<ArrayBuffer>;
export default bytes;
