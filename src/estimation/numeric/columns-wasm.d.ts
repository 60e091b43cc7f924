/** The bytes of `assembly/columns.ts`, compiled by `scripts/assembly.js`. */
declare const bytes: Uint8Array<ArrayBuffer>;
export default bytes;
