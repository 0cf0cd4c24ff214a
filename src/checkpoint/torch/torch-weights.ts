/** State dictionaries: names and tensors, as a whole file (`pytorch_model.bin`, `movq.pt`) or as an entry of one. */
import { quoted } from "../../text/quote.js";
import type { TensorSource } from "../tensor-location.js";
import { locateTensors } from "./locate-tensors.js";
import { explain, readTorchFile } from "./torch-file.js";
import { asMap, describeKind, TorchProblem, TorchTensor, type TorchValue } from "./torch-value.js";

/** Opens a file that is one state dictionary. `name` stands for it in messages. Throws `CheckpointError`. */
export async function readTorchWeights(file: string, name = file): Promise<TensorSource> {
  const torch = await readTorchFile(file, name);
  const tensors = await explain(name, async () => Promise.resolve(stateDictionary(torch.root, "the file")));
  return { name, tensors: await locateTensors(torch, tensors) };
}

/** The tensors of a state dictionary. Throws `TorchProblem` with `what` it is when something else is in it. */
export function stateDictionary(value: TorchValue | undefined, what: string): ReadonlyMap<string, TorchTensor> {
  const dictionary = asMap(value);
  if (dictionary === undefined) {
    throw new TorchProblem(`${what} is ${describeKind(value)}, expected a dictionary of tensors`);
  }
  const tensors = new Map<string, TorchTensor>();
  for (const [key, tensor] of dictionary) {
    if (typeof key !== "string" || !(tensor instanceof TorchTensor)) {
      const at = typeof key === "string" ? quoted(key) : describeKind(key);
      throw new TorchProblem(`${what} holds ${describeKind(tensor)} at ${at}, expected names and tensors`);
    }
    tensors.set(key, tensor);
  }
  return tensors;
}
