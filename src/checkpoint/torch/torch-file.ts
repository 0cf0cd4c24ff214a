/**
 * Opens a file that `torch.save` wrote: its values, with tensors described, and where the bytes of each storage lie. Weights are
 * never read here, nothing of the file is executed, and memory is bounded by the pickle's size, not by what it states.
 */
import { realpath } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { CheckpointError } from "../../errors.js";
import { FileProblem, withFile } from "../../files/local-file.js";
import { type ByteSource, fileSource } from "./byte-source.js";
import { foreignContent, HEAD_BYTES } from "../../files/foreign-content.js";
import { readLegacyContainer } from "./legacy-container.js";
import { type TorchContent, TorchProblem } from "./torch-value.js";
import { readZipContainer } from "./zip-container.js";

export interface TorchFile extends TorchContent {
  /** Shown in messages. */
  readonly name: string;
  /** Absolute path, symlinks left as they are. */
  readonly file: string;
}

const ZIP_SIGNATURE = "PK\u0003\u0004";
const PICKLE_PROTOCOL = 0x80;
const TAR_SIGNATURE = { text: "ustar", offset: 257 };

/** Reads `file`. `label` stands for it in messages. Throws `CheckpointError`. */
export async function readTorchFile(file: string, label = file): Promise<TorchFile> {
  const path = resolve(file);
  const name = await nameWithTarget(path, label);
  return explain(name, async () => {
    const content = await withFile(path, (handle, size) => parseTorchFile(fileSource(handle, size)));
    return { name, file: path, ...content };
  });
}

/** A link is told with what it leads to: that is the file to look at when something is wrong with it. */
async function nameWithTarget(path: string, label: string): Promise<string> {
  const target = await realpath(path).catch(() => path);
  return basename(target) === basename(path) ? label : `${label} (a link to ${basename(target)})`;
}

/** Tells the containers apart by their first bytes. Throws `TorchProblem`. */
export async function parseTorchFile(source: ByteSource): Promise<TorchContent> {
  const bytes = await source.read(0, Math.min(source.size, HEAD_BYTES));
  const head = Buffer.from(bytes).toString("latin1");
  if (head.startsWith(ZIP_SIGNATURE)) {
    return readZipContainer(source);
  }
  if (head.charCodeAt(0) === PICKLE_PROTOCOL) {
    return readLegacyContainer(source);
  }
  if (head.startsWith(TAR_SIGNATURE.text, TAR_SIGNATURE.offset)) {
    throw new TorchProblem("is a tar archive, as PyTorch wrote them before 0.2, which is not read");
  }
  throw new TorchProblem(foreignContent(bytes, source.size) ?? "is no file that torch.save wrote");
}

/** Turns what is wrong with a file into a `CheckpointError` that names it. */
export async function explain<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FileProblem) {
      throw new CheckpointError(`${name} ${error.message}`, { cause: error });
    }
    if (error instanceof TorchProblem) {
      throw new CheckpointError(`${name}: ${error.message}`, { cause: error });
    }
    throw error;
  }
}
