/** What the engine can compute on: asked inside the inference process, since a driver that crashes takes its process along. */
import { env, InferenceSession, listSupportedBackends } from "onnxruntime-node";
import type { EngineDescription, Reply } from "./protocol.js";

export function describeEngine(): EngineDescription {
  const devices = listSupportedBackends().map(({ name, bundled }) => ({ name, bundled }));
  return { version: env.versions.node ?? env.versions.common, devices };
}

/** Opens a small model on one device and no other; the engine's own error says why it cannot. */
export async function probeDevice(model: Uint8Array, device: string): Promise<Reply> {
  const session = await InferenceSession.create(model, { executionProviders: [device], logSeverityLevel: 3 });
  await session.release();
  return { usable: true };
}
