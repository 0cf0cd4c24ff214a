/** Every operator that a network can be built from. Contract: shapes and types are inferred and checked at the call. */
export { sizeOf } from "./broadcast.js";
export { conv, convTranspose } from "./convolution.js";
export { add, cast, cos, div, geluTanh, max, min, mul, round, silu, sin, sqrt, sub } from "./elementwise.js";
export { convInteger, type IntegerOperand, matMulInteger, matMulNBits, quantizeLinear } from "./integer.js";
export { argMin, extremes, gemm, matMul, multiHeadAttention, reduceMean, reduceSumSquare, softmax } from "./linalg.js";
export {
  concat,
  depthToSpace,
  gatherRows,
  reshape,
  resizeNearest,
  slice,
  splitInTwo,
  transpose,
  upsampleNearest,
} from "./movement.js";
export { layerNormalization, simplifiedLayerNormalization } from "./normalization.js";
