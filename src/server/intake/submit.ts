/** From the fields that a client sent to a job. */
import { quoted } from "../../text/quote.js";
import type { JsonObject } from "../../image/metadata/metadata.js";
import { checkFields, warmthOf } from "../../jobs/fields/job-fields.js";
import type { Job } from "../../jobs/job.js";
import type { ServedModels } from "../../jobs/models/served-models.js";
import { type Caller, ForbiddenError } from "../caller.js";
import { type Intake, takePicture } from "./take-picture.js";

export interface Submission {
  readonly caller: Caller;
  readonly requestId: string;
  readonly idempotencyKey: string | undefined;
  /** Fields that the route has read itself, and that are not the job's. */
  readonly routeFields?: readonly string[];
  /** What the route has to say of the request. */
  readonly warnings?: readonly string[];
}

/** Checks the fields, keeps the pictures among them and the job. Throws what the server answers 4xx to. */
export async function submit(
  intake: Intake & { readonly models: ServedModels },
  sent: JsonObject,
  { caller, requestId, idempotencyKey, routeFields = [], warnings = [] }: Submission,
): Promise<Job> {
  const { jobs, models } = intake;
  const own = Object.fromEntries(Object.entries(sent).filter(([name]) => !routeFields.includes(name)));
  const { fields, unknown } = checkFields(own);
  const { priority: wanted, ...rest } = fields;
  const priority = typeof wanted === "number" ? wanted : 0;
  if (priority > 0 && !caller.admin) {
    throw new ForbiddenError("priority: above 0 needs an admin key", { options: ["priority"] });
  }
  const identity = JSON.stringify(sent);
  const earlier = jobs.earlier({ type: "images", owner: caller.owner, fields, idempotencyKey, identity });
  if (earlier !== undefined) {
    return earlier;
  }
  const model = await models.find(typeof rest["model"] === "string" ? rest["model"] : undefined);
  const asked = { ...rest, model, ...(await picturesOf(intake, caller.owner, rest)) };
  return jobs.submit({
    type: "images",
    owner: caller.owner,
    fields: asked,
    warmth: warmthOf(asked),
    priority,
    requestId,
    idempotencyKey,
    identity,
    notes: [...warnings, ...unknown.map((name) => `the field ${quoted(name)} is not known here and changes nothing`)],
  });
}

/** The pictures of checked fields as ids. */
async function picturesOf(intake: Intake, owner: string, { image, mask }: JsonObject): Promise<JsonObject> {
  const taken: Record<string, string | string[]> = {};
  if (typeof image === "string") {
    taken["image"] = await takePicture(intake, owner, image, "image");
  } else if (Array.isArray(image)) {
    taken["image"] = await Promise.all(image.map((one) => takePicture(intake, owner, String(one), "image")));
  }
  if (typeof mask === "string") {
    taken["mask"] = await takePicture(intake, owner, mask, "mask");
  }
  return taken;
}
