/** Looking after the models, where the server lets this user do so. */
import { api, bodyOf } from "./client";
import { queryClient } from "./queries";

export async function pullModel(model: string): Promise<void> {
  await bodyOf(api.POST("/v1/models/pull", { body: { model } }));
  await queryClient.invalidateQueries({ queryKey: ["jobs"] });
}

/** Whether every file is as it should be. */
export async function verifyModel(id: string): Promise<boolean> {
  const { right } = await bodyOf(api.POST("/v1/models/{organisation}/{name}/verify", { params: { path: pathOf(id) } }));
  return right;
}

/** Gives the bytes that are free now. */
export async function removeModel(id: string): Promise<number> {
  const removed = await bodyOf(api.DELETE("/v1/models/{organisation}/{name}", { params: { path: pathOf(id) } }));
  await queryClient.invalidateQueries({ queryKey: ["models"] });
  return removed.freed_bytes;
}

function pathOf(id: string): { organisation: string; name: string } {
  const [organisation = "", name = ""] = id.split("/");
  return { organisation, name };
}
