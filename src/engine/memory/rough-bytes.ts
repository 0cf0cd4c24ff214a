/** What a component takes, from its list of weights alone: good enough to decide what stays open beside what. */
import type { NetworkDtype } from "../../components/network.js";
import type { Component } from "../residency/workplaces.js";
import { shapeSize } from "../../tensor/shape.js";

/** Bytes of a weight; scales lie beside integers, and norms and biases stay floats. */
const WEIGHT_BYTES: Readonly<Record<NetworkDtype, number>> = { fp32: 4, int8: 1.1, int4: 0.7 };
/** The process, its buffers, and values of an image of usual size. */
const PROCESS_BYTES = 150e6;

/** Weights that are stored in few bits stay as they are. */
export function roughBytes({ source, dtype }: Component): number {
  const bytes = [...source.tensors.values()].reduce(
    (sum, { shape, length }) => sum + (source.scheme === undefined ? shapeSize(shape) * WEIGHT_BYTES[dtype] : length),
    0,
  );
  return PROCESS_BYTES + bytes;
}
