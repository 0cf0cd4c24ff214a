/** `/sdapi/v1/*`: what plug-ins ask before they show their forms. */
import { freemem, totalmem } from "node:os";
import { z } from "zod";
import { readMetadata } from "../../../image/metadata/metadata.js";
import { parseParameters } from "../../../image/metadata/parameters-text.js";
import { SAMPLER_TITLES, SAMPLERS } from "../../../scheduler/samplers.js";
import type { App, Context } from "../../context.js";
import { bytesOf } from "../../intake/take-picture.js";
import { objectOf } from "../../intake/body.js";
import type { ChosenModels } from "./chosen-models.js";
import { modelOf } from "./request.js";

const tags = ["A1111"];
const anything = z.record(z.string(), z.unknown());
/** What this model has none of. */
const EMPTY_LISTS = [
  "loras",
  "hypernetworks",
  "sd-vae",
  "upscalers",
  "latent-upscale-modes",
  "prompt-styles",
  "scripts",
];

export function addListRoutes(app: App, { models }: Context, chosen: ChosenModels): void {
  const list = (path: string, summary: string, item: z.ZodType, read: () => unknown): void => {
    const response = { 200: z.array(item) };
    // Each list is of the schema beside it.
    app.get(`/sdapi/v1/${path}`, { schema: { tags, summary, response } }, async () => (await read()) as unknown[]);
  };

  list(
    "samplers",
    "the samplers",
    z.object({ name: z.string(), aliases: z.array(z.string()), options: anything }),
    () => SAMPLERS.map((name) => ({ name: SAMPLER_TITLES[name], aliases: [name], options: {} })),
  );
  list("schedulers", "one: the checkpoint's own", z.object({ name: z.string(), label: z.string() }), () => [
    { name: "automatic", label: "Automatic" },
  ]);
  list(
    "sd-models",
    "the models that are here",
    z.object({
      title: z.string(),
      model_name: z.string(),
      hash: z.null(),
      sha256: z.null(),
      filename: z.string(),
      config: z.null(),
    }),
    async () =>
      (await models.list()).map(({ id }) => ({
        title: id,
        model_name: id,
        hash: null,
        sha256: null,
        filename: id,
        config: null,
      })),
  );
  for (const path of EMPTY_LISTS) {
    list(path, "none", z.never(), () => []);
  }

  app.get(
    "/sdapi/v1/embeddings",
    { schema: { tags, summary: "none", response: { 200: z.object({ loaded: anything, skipped: anything }) } } },
    () => ({ loaded: {}, skipped: {} }),
  );

  app.get(
    "/sdapi/v1/options",
    { schema: { tags, summary: "what is set", response: { 200: anything } } },
    (request) => ({
      sd_model_checkpoint: chosen.of(request.caller.owner) ?? models.defaultId,
      samples_format: "png",
      enable_pnginfo: true,
      live_previews_enable: true,
      CLIP_stop_at_last_layers: 1,
    }),
  );

  app.post(
    "/sdapi/v1/options",
    {
      schema: {
        tags,
        summary: "sd_model_checkpoint chooses the model of the requests that follow; the rest changes nothing",
        body: anything,
        response: { 200: z.object({}) },
      },
    },
    async (request) => {
      const wanted = objectOf(request.body)["sd_model_checkpoint"];
      if (typeof wanted === "string") {
        chosen.choose(request.caller.owner, await models.find(modelOf(wanted)));
      }
      return {};
    },
  );

  for (const path of ["refresh-checkpoints", "refresh-loras", "unload-checkpoint", "reload-checkpoint"]) {
    app.post(
      `/sdapi/v1/${path}`,
      {
        schema: {
          tags,
          summary: "nothing to do: models are found and released by themselves",
          response: { 200: z.object({}) },
        },
      },
      () => ({}),
    );
  }

  app.get(
    "/sdapi/v1/memory",
    {
      schema: {
        tags,
        summary: "of the server's machine, in bytes",
        response: { 200: z.object({ ram: anything, cuda: anything }) },
      },
    },
    () => ({
      ram: { free: freemem(), used: totalmem() - freemem(), total: totalmem() },
      cuda: { error: "unavailable" },
    }),
  );

  app.post(
    "/sdapi/v1/png-info",
    {
      schema: {
        tags,
        summary: "the settings that a picture carries",
        body: z.object({ image: z.string() }),
        response: { 200: z.object({ info: z.string(), items: anything, parameters: anything }) },
      },
    },
    (request) => {
      const { parameters = "", settings } = readMetadata(bytesOf(request.body.image, "image"));
      const { prompt, negativePrompt, settings: pairs } = parseParameters(parameters);
      return {
        info: parameters,
        items: { parameters, ...(settings === undefined ? {} : { kandinsky3: settings }) },
        parameters: parameters === "" ? {} : { Prompt: prompt, "Negative prompt": negativePrompt ?? "", ...pairs },
      };
    },
  );
}
