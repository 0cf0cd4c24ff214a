/** T5's relative position buckets. Reference: transformers, T5Attention._relative_position_bucket (bidirectional). */
import type { T5Config } from "./config.js";

/** Bucket of every (query, key) pair of a sequence, row by row: `length * length` entries. */
export function relativePositionBuckets(
  length: number,
  {
    relative_attention_num_buckets: buckets,
    relative_attention_max_distance: maxDistance,
  }: Pick<T5Config, "relative_attention_num_buckets" | "relative_attention_max_distance">,
): BigInt64Array {
  const table = new BigInt64Array(length * length);
  for (let query = 0; query < length; query++) {
    for (let key = 0; key < length; key++) {
      table[query * length + key] = BigInt(bucketOf(key - query, buckets, maxDistance));
    }
  }
  return table;
}

/** Half the buckets look ahead; in each half the near distances have one bucket each and the far ones share on a log scale. */
function bucketOf(relativePosition: number, buckets: number, maxDistance: number): number {
  const half = buckets / 2;
  const exact = half / 2;
  const ahead = relativePosition > 0 ? half : 0;
  const distance = Math.abs(relativePosition);
  if (distance < exact) {
    return ahead + distance;
  }
  // float32, as the reference computes it: the truncation below would otherwise differ at bucket edges.
  const position = Math.fround(Math.log(Math.fround(distance / exact)));
  const scaled = Math.fround(Math.fround(position / Math.log(maxDistance / exact)) * (half - exact));
  return ahead + Math.min(exact + Math.trunc(scaled), half - 1);
}
