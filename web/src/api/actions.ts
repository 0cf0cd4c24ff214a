/** What the page has the server do. */
import { api, authorizedFetch, bodyOf } from "./client";
import { queryClient, refreshPictures } from "./queries";
import type { Job, JobFields } from "./types";

export async function submitJob(fields: JobFields): Promise<Job> {
  const job = await bodyOf(api.POST("/v1/jobs", { body: fields }));
  queryClient.setQueryData(["job", job.id], job);
  await queryClient.invalidateQueries({ queryKey: ["jobs"] });
  return job;
}

export async function cancelJob(id: string): Promise<void> {
  const job = await bodyOf(api.POST("/v1/jobs/{id}/cancel", { params: { path: { id } } }));
  queryClient.setQueryData(["job", id], job);
  await queryClient.invalidateQueries({ queryKey: ["jobs"] });
}

export async function starPicture(id: string, starred: boolean): Promise<void> {
  await bodyOf(api.PATCH("/v1/images/{id}", { params: { path: { id } }, body: { starred } }));
  await refreshPictures();
}

export async function deletePicture(id: string): Promise<void> {
  await bodyOf(api.DELETE("/v1/images/{id}", { params: { path: { id } } }));
  await refreshPictures();
}

/** Keeps a picture on the server; gives its id and its size. */
export async function uploadPicture(file: Blob): Promise<{ id: string; width: number; height: number }> {
  return bodyOf(api.POST("/v1/images", { body: { image: await dataUrlOf(file) } }));
}

/** What a picture says of how it was made, in the library's names or those of other programs. */
export async function settingsInFile(file: Blob): Promise<Readonly<Record<string, unknown>>> {
  const { items, parameters } = await bodyOf(
    api.POST("/sdapi/v1/png-info", { body: { image: await dataUrlOf(file) } }),
  );
  const own = items["kandinsky3"];
  return typeof own === "object" && own !== null ? { ...own } : parameters;
}

/** The file of a kept picture, with the key of whoever is signed in. */
export async function pictureFile(id: string): Promise<Blob> {
  return (await authorizedFetch(new Request(new URL(pictureAddress(id), location.origin)))).blob();
}

export function pictureAddress(id: string): string {
  return `/v1/images/${encodeURIComponent(id)}`;
}

function dataUrlOf(file: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => {
      // A file without a type of its own is still base64 behind the comma.
      const [, base64 = ""] = (reader.result as string).split(",", 2);
      resolve(`data:application/octet-stream;base64,${base64}`);
    };
    reader.onerror = () => {
      reject(reader.error ?? new Error("the file cannot be read"));
    };
    reader.readAsDataURL(file);
  });
}
