/** A network's `config.json`. Weights that another tool quantized are refused here, before their tensors fit nowhere. */
import type { z } from "zod";
import { ConfigError } from "../errors.js";
import { type ConfigReading, parseConfig } from "../files/json-file.js";
import { isJsonObject } from "../files/strict-json.js";
import { quantizationInConfig, refusal } from "./quantized/foreign-quantization.js";

/** Under this key transformers and diffusers keep how they quantized the weights. */
const QUANTIZATION_KEY = "quantization_config";

/** As `parseConfig`, for the configuration of weights. Throws `ConfigError`. */
export function parseNetworkConfig<Schema extends z.ZodType>(
  json: unknown,
  file: string,
  schema: Schema,
  { passedOver = new Set(), onNote }: ConfigReading = {},
): z.output<Schema> {
  const quantization = isJsonObject(json) ? quantizationInConfig(json[QUANTIZATION_KEY]) : undefined;
  if (quantization !== undefined) {
    throw new ConfigError(`${file}: ${refusal(quantization)}`, { options: ["dtype"] });
  }
  return parseConfig(json, file, schema, { passedOver: new Set([...passedOver, QUANTIZATION_KEY]), onNote });
}
