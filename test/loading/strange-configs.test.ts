/** Configurations that were edited, or written by other programs: what cannot matter is passed over with a note. */
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { describeModel, formatDescription } from "../../src/inspect/model-description.js";
import { openModelComponents } from "../../src/loading/model-components.js";
import { openModelFolder } from "../../src/loading/model-folder.js";
import { COMPONENT_NAMES } from "../../src/components/components.js";
import { readOutline } from "../../src/planning/model-outline.js";
import { Kandinsky3 } from "../../src/pipeline/kandinsky3.js";
import { temporaryFolder } from "../checkpoint/support.js";
import { diffusersFixture, original } from "../support/goldens.js";

const JSON_FILES = [
  "model_index.json",
  "scheduler/scheduler_config.json",
  "unet/config.json",
  "movq/config.json",
  "text_encoder/config.json",
  "tokenizer/tokenizer_config.json",
  "tokenizer/special_tokens_map.json",
  "tokenizer/added_tokens.json",
];

type Members = Readonly<Record<string, unknown>>;

function copyOf(model: string): string {
  const folder = temporaryFolder();
  cpSync(model, folder, { recursive: true });
  return folder;
}

/** A copy of the tiny model in which members of one file are others; those that are undefined are gone. */
function tinyWith(file: string, members: Members): string {
  const folder = copyOf(diffusersFixture("tiny"));
  change(join(folder, file), members);
  return folder;
}

function change(file: string, members: Members): void {
  writeFileSync(file, JSON.stringify({ ...(JSON.parse(readFileSync(file, "utf8")) as object), ...members }));
}

const describeFolder = async (path: string): ReturnType<typeof describeModel> =>
  describeModel(await openModelFolder(path, COMPONENT_NAMES), {});

test.each([
  diffusersFixture("tiny"),
  diffusersFixture("tiny-sharded"),
  new URL("../../models/nano", import.meta.url).pathname,
])("a model as its tools write it needs no word: %s", async (path) => {
  const folder = copyOf(diffusersFixture("tiny"));
  cpSync(path, folder, { recursive: true });
  expect((await openModelComponents(path.endsWith("sharded") ? folder : path, undefined)).notes).toEqual([]);
});

test("neither does the original release", async () => {
  expect((await openModelComponents(original.path("tiny"), undefined)).notes).toEqual([]);
});

test.each(JSON_FILES.filter((file) => !file.endsWith("added_tokens.json")))("an unknown key in %s", async (file) => {
  const folder = tinyWith(file, { made_up: { a: 1 }, _private: 1 });
  const note = `${join(folder, file)} has keys that are not known here and are passed over: "made_up"`;
  expect((await openModelComponents(folder, undefined)).notes).toEqual([note]);
  const { notes, problems } = await describeFolder(folder);
  expect({ notes, problems }).toEqual({ notes: [note], problems: [] });
  const { notes: told } = await readOutline(folder, undefined);
  expect(told).toEqual(file.startsWith("tokenizer") ? [] : [note]);
});

test("unknown keys in generation_config.json and in the configuration of an original release", async () => {
  const folder = copyOf(diffusersFixture("tiny"));
  writeFileSync(join(folder, "generation_config.json"), '\ufeff{"height":64,"top_p":1,"transformers_version":"5"}');
  const { notes, defaults } = await openModelComponents(folder, undefined);
  expect([notes, defaults.height]).toEqual([[expect.stringMatching(/generation_config\.json .*: "top_p"$/)], 64]);
  const release = copyOf(original.path("tiny"));
  change(join(release, "config.json"), { made_up: 1 });
  expect((await openModelComponents(release, undefined)).notes).toEqual([
    expect.stringMatching(/config\.json has keys .*: "made_up"$/),
  ]);
});

test.each(JSON_FILES)("%s with a byte-order mark is read as without", async (file) => {
  const folder = copyOf(diffusersFixture("tiny"));
  writeFileSync(join(folder, file), `\ufeff${readFileSync(join(folder, file), "utf8")}`);
  const parts = await openModelComponents(folder, undefined);
  const plain = await openModelComponents(diffusersFixture("tiny"), undefined);
  expect(parts.scheduler).toEqual(plain.scheduler);
  expect(parts.movq.config).toEqual(plain.movq.config);
  const text = "a red <extra_id_3> house";
  expect(parts.tokenizer.encode(text)).toEqual(plain.tokenizer.encode(text));
});

describe("the generation tells it, once", () => {
  test("as an event", async () => {
    const folder = tinyWith("unet/config.json", { made_up: 1 });
    await using pipe = await Kandinsky3.fromPretrained(folder);
    const notices: string[] = [];
    const options = { prompt: "a", height: 64, width: 64, numInferenceSteps: 1, outputType: "latent" } as const;
    for await (const event of pipe.generate(options)) {
      notices.push(...(event.type === "notice" ? [event.message] : []));
    }
    expect(notices.filter((notice) => notice.includes("made_up"))).toHaveLength(1);
  });
});

describe("another scheduler's settings", () => {
  const members = { _class_name: "DDIMScheduler", set_alpha_to_one: false, sigma_max: null, variance_type: null };
  const file = "scheduler/scheduler_config.json";
  const options = { prompt: "a", height: 64, width: 64, numInferenceSteps: 1, outputType: "latent", seed: 3 } as const;

  test("are refused without a sampler, and the refusal names the way out", async () => {
    await using pipe = await Kandinsky3.fromPretrained(tinyWith(file, members));
    await expect(pipe.textToImage(options)).rejects.toMatchObject({
      code: "config",
      options: ["sampler"],
      message: expect.stringMatching(
        /"DDIMScheduler" in .* is not supported, expected DDPMScheduler; sampler ddpm works with its betas/,
      ) as string,
    });
  });

  test("give with the sampler named what the same betas give", async () => {
    await using pipe = await Kandinsky3.fromPretrained(tinyWith(file, members));
    await using plain = await Kandinsky3.fromPretrained(diffusersFixture("tiny"));
    const { latents } = await pipe.textToImage({ ...options, sampler: "ddpm" });
    expect(latents).toEqual((await plain.textToImage(options)).latents);
  });

  test.each([
    ["another class", members, 'Scheduler "DDIMScheduler"'],
    ["no betas", { _class_name: "FlowMatchEulerDiscreteScheduler", beta_start: undefined }, "it lacks beta_start"],
    ["a value that cannot be used", { beta_schedule: "cosine" }, '"beta_schedule" is "cosine"'],
  ])("are a line in the description of the model: %s", async (_what, changed, line) => {
    const description = await describeFolder(tinyWith(file, changed));
    expect(description.problems).toEqual([expect.stringContaining(line)]);
    expect(formatDescription(description)).toMatch(/^movq\n(?: .*\n)*\nscheduler\n/m);
  });
});

test.each([
  ["unet/config.json", "[]"],
  ["movq/config.json", '{"latent_channels": "four"}'],
  ["text_encoder/config.json", "{"],
  ["tokenizer/tokenizer_config.json", '{"tokenizer_class": "LlamaTokenizer"}'],
  ["unet/diffusion_pytorch_model.safetensors", "no weights"],
  ["generation_config.json", '{"height": -1}'],
])("inspect prints the rest where %s is %s", async (file, content) => {
  const folder = copyOf(diffusersFixture("tiny"));
  writeFileSync(join(folder, file), content);
  const { parts, problems } = await describeFolder(folder);
  expect(problems).toEqual([expect.stringContaining(file)]);
  expect(Object.keys(parts)).toHaveLength(5);
  expect(parts.scheduler?.config).toHaveProperty("beta_start");
});

test("and where whole parts are missing", async () => {
  const folder = copyOf(diffusersFixture("tiny"));
  ["unet", "tokenizer"].forEach((part) => {
    rmSync(join(folder, part), { recursive: true });
  });
  const { parts, problems } = await describeFolder(folder);
  expect(Object.keys(parts)).toEqual(["text_encoder", "movq", "scheduler"]);
  expect(problems).toEqual([expect.stringContaining('"tokenizer"'), expect.stringContaining('"unet"')]);
});
