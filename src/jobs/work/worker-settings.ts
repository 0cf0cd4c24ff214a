/** How a worker opens models: what whoever runs it decides, for all jobs alike. */
import { z } from "zod";

export const workerSettingsSchema = z.object({
  /** Seconds that a model stays open without work. */
  keepAlive: z.number().min(0).optional(),
  threads: z.int().positive().optional(),
  /** As `maxMemory` of the library. */
  maxMemory: z.string().optional(),
  device: z.string().optional(),
  /** The preset of jobs that name none. */
  preset: z.string().optional(),
  /** Models that whoever runs the server names, the default first: names on the Hub, short names, or folders. */
  models: z.array(z.string()).default([]),
  /** Whether the default model is opened before the first job asks for it. */
  preload: z.boolean().default(false),
});
export type WorkerSettings = z.input<typeof workerSettingsSchema>;
