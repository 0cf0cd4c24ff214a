/** A component's weights as they would be in fewer bits: names, types and shapes of what rounding writes, and no bytes. */
import {
  SCALE_SUFFIX,
  type SchemeName,
  SCHEMES,
  storedShapes,
} from "../../checkpoint/quantized/quantization-scheme.js";
import type { TensorLocation, TensorSource } from "../../checkpoint/tensor-location.js";
import { dtypeOf, type Precision } from "../../components/precision.js";
import { UsageError } from "../../errors.js";
import type { IntegerKernels } from "../../graph/quantized/lower.js";
import { itemSize, type DType } from "../../tensor/dtype.js";
import { shapeSize, type Shape } from "../../tensor/shape.js";
import { quantizableWeights } from "./quantizable-weights.js";
import type { OpenedNetwork } from "../../components/network.js";

/** The source of a part as it would be in the wanted type. Throws `UsageError` for one that is stored in other bits already. */
export function quantizedSource(opened: OpenedNetwork, precision: Precision, kernels: IntegerKernels): TensorSource {
  const { network, source } = opened;
  const [stored, wanted] = [dtypeOf(source.scheme), precision[network.kind]];
  if (stored === wanted || wanted === "fp32") {
    if (stored !== wanted) {
      throw UsageError.of("dtype", `${source.name} holds ${stored} weights, expected ${stored} for it, got ${wanted}`);
    }
    return source;
  }
  const scheme = network.schemeOf(wanted, kernels);
  const keys = quantizableWeights(opened, scheme);
  const tensors = new Map<string, TensorLocation>();
  for (const [key, location] of source.tensors) {
    if (keys.has(key)) {
      const { values, scale } = roundedLocations(location, scheme);
      tensors.set(key, values).set(key + SCALE_SUFFIX, scale);
    } else {
      tensors.set(key, location);
    }
  }
  return { ...source, tensors, scheme };
}

function roundedLocations(
  location: TensorLocation,
  scheme: SchemeName,
): { readonly values: TensorLocation; readonly scale: TensorLocation } {
  const shapes = storedShapes(location.shape, SCHEMES[scheme]);
  const as = (dtype: DType, shape: Shape): TensorLocation => ({
    ...location,
    dtype,
    shape,
    length: shapeSize(shape) * itemSize(dtype),
  });
  return { values: as("uint8", shapes.values), scale: as("float32", shapes.scale) };
}
