/**
 * Builds networks once, at the smallest size and without running them, so that a damaged or foreign checkpoint is refused before
 * any work is done: all missing, misshapen and unused tensors are named.
 */
import { refuseForeignQuantization } from "../checkpoint/quantized/foreign-quantization.js";
import { WeightScope } from "../checkpoint/weight-scope.js";
import { GraphBuilder } from "../graph/graph-builder.js";
import type { OpenedNetwork } from "./network.js";

/** Throws `CheckpointError` for the first network whose tensors do not fit its configuration, or were quantized by another tool. */
export function auditWeights(networks: Iterable<OpenedNetwork>): void {
  for (const { network, config, source } of networks) {
    refuseForeignQuantization(source);
    const scope = WeightScope.root(source);
    network.smallest(scope, config, new GraphBuilder());
    scope.audit(network.unused);
  }
}
