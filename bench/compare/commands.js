// Both sides of a comparison of whole pictures: commands from their start to their end, each run in a process of its own.
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const PROMPT = "a red house in the snow";
/** Of both sides, so that both run two passes a step. */
const GUIDANCE_SCALE = "2";

/** What is timed: a picture of the given steps, or the first step alone from nothing, which is the start. */
export const COMMANDS = { picture: { steps: 25, decodes: true }, cold_start: { steps: 1, decodes: false } };

function side(python, name, command) {
  return {
    name,
    close: () => undefined,
    run: () => JSON.parse(execFileSync(python, [here("../timed-command.py"), ...command], { encoding: "utf8" })),
  };
}

/** @param {{ python: string, model: string, scratch: string, threads: number, steps: number, decodes: boolean, flags: string[] }} request */
export function ourCommand({ python, model, scratch, threads, steps, decodes, flags }) {
  const target = join(scratch, decodes ? "ours.png" : "ours.npy");
  const kind = decodes ? [] : ["--output-type", "latent"];
  const settings = ["--steps", String(steps), "--threads", String(threads), "--guidance-scale", GUIDANCE_SCALE];
  const always = ["--seed", "1", "--no-prompt-cache", "--quiet", "--output", target];
  const command = ["generate", PROMPT, "--model", model, ...settings, ...kind, ...always, ...flags];
  return side(python, `kandinsky3 ${flags.join(" ")}`.trim(), [
    process.execPath,
    here("../../dist/cli/main.js"),
    ...command,
  ]);
}

export function peerCommand({ python, model, scratch, threads, steps, decodes }) {
  const target = decodes ? [join(scratch, "peer.png")] : [];
  const command = [
    here("../picture-peer.py"),
    model,
    PROMPT,
    String(steps),
    String(threads),
    GUIDANCE_SCALE,
    ...target,
  ];
  return side(python, "diffusers float32", [python, ...command]);
}
