/**
 * Which tensors a network needs, found by building it over a source that has none: the model code stays the only place that
 * knows keys and shapes, so a made-up checkpoint cannot disagree with it.
 */
import type { TensorLocation } from "../checkpoint/tensor-location.js";
import { GraphBuilder } from "../graph/graph-builder.js";
import type { Value } from "../graph/value.js";
import type { Shape } from "../tensor/shape.js";
import type { Network } from "./network.js";
import { WeightScope } from "../checkpoint/weight-scope.js";

/** Shapes by key, in the order in which the network asks for them. */
export type WeightPlan = ReadonlyMap<string, Shape>;

/** Builds the network and notes every tensor that it asks for. */
export function planWeights<Config>(network: Network<Config>, config: Config): WeightPlan {
  const plan = new Map<string, Shape>();
  const asked = new AskedKeys();
  network.smallest(WeightScope.root({ name: "plan", tensors: asked }), config, new PlanningGraph(asked, plan));
  return plan;
}

/** Claims to have every key, so that optional tensors are planned for, and gives none, so that shapes are asked for. */
class AskedKeys extends Map<string, TensorLocation> {
  last: string | undefined;

  override has(_key: string): boolean {
    return true;
  }

  override get(key: string): undefined {
    this.last = key;
    return undefined;
  }
}

/** A scope answers a missing key with a placeholder of the shape that was wanted; it arrives here before the next request. */
class PlanningGraph extends GraphBuilder {
  constructor(
    private readonly asked: AskedKeys,
    private readonly plan: Map<string, Shape>,
  ) {
    super();
  }

  override weight(location: TensorLocation, shape?: Shape): Value {
    if (this.asked.last !== undefined) {
      this.plan.set(this.asked.last, location.shape);
      this.asked.last = undefined;
    }
    return super.weight(location, shape);
  }
}
