/** `POST /v1/plan`: what a job would cost, before it is asked for. */
import { jobFieldsSchema } from "../../jobs/fields/field-table.js";
import { checkFields } from "../../jobs/fields/job-fields.js";
import { estimateSchema } from "../../jobs/models/estimate.js";
import { UnknownModelError } from "../../jobs/models/served-models.js";
import { addressOf } from "../../loading/resolve-model.js";
import type { Caller } from "../caller.js";
import type { App, Context } from "../context.js";
import { objectOf } from "../intake/body.js";

export function addPlanRoutes(app: App, { models, desk, threads }: Context): void {
  app.post(
    "/v1/plan",
    {
      schema: {
        tags: ["jobs"],
        summary: "tokens, size, steps, time and memory of a job, which is not asked for",
        body: jobFieldsSchema,
        response: { 200: estimateSchema },
      },
    },
    async (request) => {
      const { fields } = checkFields(objectOf(request.body));
      const named = typeof fields["model"] === "string" ? fields["model"] : undefined;
      const { id: model, place } = await locate(named, request.caller);
      return desk.ask("estimate", { place, fields: { ...fields, model }, threads });
    },
  );

  /** Who looks after the server may ask about a model before it is fetched: its headers come from the Hub. */
  async function locate(
    named: string | undefined,
    { admin }: Caller,
  ): Promise<{ readonly id: string; readonly place: string }> {
    try {
      const id = await models.find(named);
      return { id, place: models.locate(id) };
    } catch (thrown) {
      const address = admin && thrown instanceof UnknownModelError ? addressOf(named ?? "") : undefined;
      if (address === undefined) {
        throw thrown;
      }
      const { repository, revision } = address;
      const id = revision === undefined ? repository : `${repository}@${revision}`;
      return { id, place: models.locate(id) };
    }
  }
}
