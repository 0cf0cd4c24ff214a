/** The verbs as the list of them shows them; what one of them needs is loaded when it is asked for. */
import type { Command } from "commander";

export interface Verb {
  readonly name: string;
  /** As the list shows it; the verb itself says what it means. */
  readonly argument: string;
  readonly description: string;
  /** Gives what adds arguments, options and action to the verb's command. */
  readonly load: () => Promise<(command: Command) => void>;
}

export const VERBS: readonly Verb[] = [
  {
    name: "generate",
    argument: "[prompt...]",
    description: "make pictures from a prompt, change a picture, or repaint a part of one",
    load: async () => (await import("./commands/generate.js")).addGenerate,
  },
  {
    name: "show",
    argument: "<picture|model>",
    description: "print the settings that a picture carries, or the files that the cache holds of a model",
    load: async () => (await import("./commands/show.js")).addShow,
  },
  {
    name: "inspect",
    argument: "<model>",
    description: "print a model's parts, dimensions, parameter counts, dtypes and sizes without loading it",
    load: async () => (await import("./commands/inspect.js")).addInspect,
  },
  {
    name: "convert",
    argument: "<dir>",
    description: "write a model as a diffusers folder with safetensors",
    load: async () => (await import("./commands/convert.js")).addConvert,
  },
  {
    name: "plan",
    argument: "<model> [prompt...]",
    description: "say what a picture will cost here, before anything is fetched: disk, memory, time",
    load: async () => (await import("./commands/plan.js")).addPlan,
  },
  {
    name: "pull",
    argument: "<model>",
    description: "fetch a model from the Hugging Face Hub, or what is still missing of it",
    load: async () => (await import("./commands/pull.js")).addPull,
  },
  {
    name: "list",
    argument: "",
    description: "print the Kandinsky 3 models in the Hugging Face cache",
    load: async () => (await import("./commands/list.js")).addList,
  },
  {
    name: "rm",
    argument: "<model>",
    description: "remove a model from the Hugging Face cache; files that another revision uses stay",
    load: async () => (await import("./commands/rm.js")).addRm,
  },
  {
    name: "verify",
    argument: "<model>",
    description: "compare every file of a cached model with its hash",
    load: async () => (await import("./commands/verify.js")).addVerify,
  },
  {
    name: "bench",
    argument: "<model>",
    description: "time each part of a model, and a plain matrix product and convolution beside them",
    load: async () => (await import("./commands/bench.js")).addBench,
  },
  {
    name: "doctor",
    argument: "",
    description: "print versions, devices, disk and cache, and compare every kind of block with stored references",
    load: async () => (await import("./commands/doctor.js")).addDoctor,
  },
  {
    name: "serve",
    argument: "",
    description: "answer the images API and keep jobs and their pictures, over HTTP",
    load: async () => (await import("./commands/server/serve.js")).addServe,
  },
  {
    name: "worker",
    argument: "",
    description: "do the jobs of a server that has a queue in Redis, on this machine",
    load: async () => (await import("./commands/server/worker.js")).addWorker,
  },
  {
    name: "studio",
    argument: "",
    description: "open the page where people make pictures, and start its server if none runs",
    load: async () => (await import("./commands/server/studio.js")).addStudio,
  },
  {
    name: "telegram",
    argument: "",
    description: "answer in Telegram: a bot that paints what people write",
    load: async () => (await import("./commands/server/telegram.js")).addTelegram,
  },
  {
    name: "ps",
    argument: "",
    description: "print what a running server has at work and in its queue",
    load: async () => (await import("./commands/server/ps.js")).addPs,
  },
  {
    name: "stop",
    argument: "",
    description: "end a running server in good order",
    load: async () => (await import("./commands/server/stop.js")).addStop,
  },
  {
    name: "keys",
    argument: "[command]",
    description: "make, list and revoke the keys of a server",
    load: async () => (await import("./commands/server/keys.js")).addKeys,
  },
];

/** What the program answers without a verb. */
const PROGRAM_WORDS: readonly (string | undefined)[] = ["help", "-h", "--help", "-V", "--version", undefined];

/** Whether the program knows the first word of a command line, or there is none. */
export function isOwnWord(word: string | undefined): boolean {
  return PROGRAM_WORDS.includes(word) || VERBS.some(({ name }) => name === word);
}
