import type { RewardTable } from "../../domain/example.js";

/** RATE's difference of each example, do(1) − do(0): R_rr − R_r where w = 1, R_r − R_rr where w = 0. In reward units. */
export function rateDifferences({ treated, rewrite, rewriteOfRewrite }: RewardTable): Float64Array {
  return treated.length === 0
    ? new Float64Array()
    : rewriteOfRewrite.map((second, row) =>
        treated[row] === 1 ? second - rewrite[row]! : rewrite[row]! - second,
      );
}
