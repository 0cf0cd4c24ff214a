/** Progress on a terminal that only remembers. */
import { describe, expect, test } from "vitest";
import { formatSeconds, Progress } from "../../src/cli/output/progress.js";
import { tensor } from "../../src/tensor/tensor.js";

class Terminal {
  readonly columns = 100;
  text = "";
  constructor(readonly isTTY: boolean) {}
  write(text: string): void {
    this.text += text;
  }
}

function play(isTTY: boolean, quiet: boolean, env: Record<string, string> = {}): string {
  const terminal = new Terminal(isTTY);
  const progress = new Progress(terminal, { quiet, env });
  progress.render({ type: "phase", phase: "unet" });
  progress.render({
    type: "step",
    step: 1,
    steps: 4,
    timestep: 9,
    seconds: 2,
    latents: tensor([1]),
    predicted: tensor([1]),
  });
  progress.render({ type: "notice", message: "a note" });
  progress.render({ type: "phase-end", phase: "unet", seconds: 8, loadSeconds: 0, computeSeconds: 0, peakBytes: 1 });
  progress.end();
  return terminal.text;
}

describe("progress", () => {
  test("a terminal gets the phase, the step, seconds per step and the time left", () => {
    const text = play(true, false);
    expect(text).toContain("1/4  2.0 s/step  6.0 s left");
    expect(text).toContain("\u001b[36m");
    expect(text).toContain("denoising: 8.0 s\n");
  });

  test("NO_COLOR takes the colours, not the bar", () => {
    const text = play(true, false, { NO_COLOR: "1" });
    expect(text).toContain("1/4  2.0 s/step  6.0 s left");
    expect(text).not.toContain("\u001b[36m");
  });

  test("a pipe and a dumb terminal get notes alone, --quiet nothing", () => {
    expect(play(false, false)).toBe("note: a note\n");
    expect(play(true, false, { TERM: "dumb" })).toBe("note: a note\n");
    expect(play(true, true)).toBe("");
  });

  test("the options of a notice go by their flags", () => {
    const terminal = new Terminal(false);
    const message = "not used: numInferenceSteps, promptEmbeds; maskArea and mask";
    const options = ["numInferenceSteps", "promptEmbeds", "mask"];
    new Progress(terminal, { quiet: false, env: {} }).render({ type: "notice", message, options });
    expect(terminal.text).toBe("note: not used: --steps, promptEmbeds; maskArea and --mask\n");
  });

  test.each([
    [0.123, "0.12 s"],
    [9.94, "9.9 s"],
    [59.4, "59 s"],
    [59.6, "1 min 00 s"],
    [185, "3 min 05 s"],
    [7800, "2 h 10 min"],
  ])("%d seconds are %s", (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});
