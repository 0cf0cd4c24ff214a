/** The shapes of the interface that the page works with, out of the types of its OpenAPI document. */
import type { paths } from "./schema";

type Json<Answer> = Answer extends { content: { "application/json": infer Body } } ? Body : never;

export type JobFields = Json<paths["/v1/jobs"]["post"]["requestBody"]>;
export type Job = Json<paths["/v1/jobs/{id}"]["get"]["responses"][200]>;
export type JobImage = Job["images"][number];
export type Picture = Json<paths["/v1/images"]["get"]["responses"][200]>["data"][number];
export type Plan = Json<paths["/v1/plan"]["post"]["responses"][200]>;
export type Model = Json<paths["/v1/models"]["get"]["responses"][200]>["data"][number];

export function isActive({ status }: Pick<Job, "status">): boolean {
  return status === "queued" || status === "running";
}
