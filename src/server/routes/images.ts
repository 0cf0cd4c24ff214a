/** `/v1/images/{id}`: the pictures that are kept, as files. */
import { z } from "zod";
import { type Caller, NotFoundError } from "../caller.js";
import { type App, baseOf, type Context } from "../context.js";
import { bytesOf, keepPicture } from "../intake/take-picture.js";
import { pictureSchema, pictureView } from "../job-view.js";
import type { StoredPicture } from "../../jobs/picture.js";

const MOST_LISTED = 200;
const tags = ["images"];
const file = { schema: z.any() };
const picturesFile = {
  description: "the file, or the part of it that was asked for",
  content: { "image/png": file, "image/jpeg": file, "image/webp": file, "image/gif": file, "image/avif": file },
};
const unsaid = z.undefined().describe("nothing is sent");
const idParams = z.object({ id: z.string() });

export function addImageRoutes(app: App, context: Context): void {
  const { pictures } = context.jobs.store;

  app.get(
    "/v1/images/:id",
    {
      schema: {
        tags,
        summary: "a picture's file; ranges and ETags are understood",
        params: idParams,
        response: { 200: picturesFile, 206: picturesFile, 304: unsaid, 416: unsaid },
      },
    },
    async (request, reply) => {
      const picture = pictureFor(context, request.caller, request.params.id);
      const etag = `"${picture.sha256}"`;
      reply
        .header("etag", etag)
        .header("accept-ranges", "bytes")
        .header("cache-control", "private, max-age=31536000, immutable")
        .type(picture.mime);
      if (matches(request.headers["if-none-match"], etag)) {
        return reply.code(304).send();
      }
      const ifRange = request.headers["if-range"];
      const range = ifRange === undefined || ifRange === etag ? request.headers.range : undefined;
      const part = rangeOf(range, picture.bytes);
      if (part === "unsatisfiable") {
        return reply.code(416).header("content-range", `bytes */${picture.bytes}`).send();
      }
      const bytes = await pictures.read(picture);
      if (part === undefined) {
        return reply.send(bytes);
      }
      const { first, last } = part;
      return reply
        .code(206)
        .header("content-range", `bytes ${first}-${last}/${bytes.length}`)
        .send(bytes.subarray(first, last + 1));
    },
  );

  app.get(
    "/v1/images",
    {
      schema: {
        tags,
        summary: "the pictures that jobs have made, the newest first",
        querystring: z.object({
          query: z.string().max(1000).optional().describe("words of the prompt"),
          starred: z.enum(["true", "false"]).optional(),
          limit: z.coerce.number().int().min(1).max(MOST_LISTED).default(50),
          after: z.string().optional().describe("a picture's id: those that are older"),
        }),
        response: { 200: z.object({ data: z.array(pictureSchema), has_more: z.boolean() }) },
      },
    },
    (request) => {
      const { query, starred, limit, after } = request.query;
      const { owner, admin } = request.caller;
      const filter = { query, starred: starred === undefined ? undefined : starred === "true", limit, after };
      const found = pictures.list({ ...filter, owner: admin ? undefined : owner });
      const base = baseOf(context, request);
      return { data: found.pictures.map((picture) => pictureView(picture, base)), has_more: found.hasMore };
    },
  );

  app.post(
    "/v1/images",
    {
      schema: {
        tags,
        summary: "keep a picture for jobs to come",
        body: z.object({ image: z.string().describe("a data URL") }),
        response: { 201: pictureSchema },
      },
    },
    async (request, reply) => {
      const { owner } = request.caller;
      const id = await keepPicture(context.jobs, owner, bytesOf(request.body.image, "image"), "image");
      return reply.code(201).send(pictureView(pictureFor(context, request.caller, id), baseOf(context, request)));
    },
  );

  app.patch(
    "/v1/images/:id",
    {
      schema: {
        tags,
        summary: "star a picture, or take its star away",
        params: idParams,
        body: z.object({ starred: z.boolean() }),
        response: { 200: pictureSchema },
      },
    },
    (request) => {
      const { id } = pictureFor(context, request.caller, request.params.id);
      pictures.star(id, request.body.starred);
      return pictureView(pictureFor(context, request.caller, id), baseOf(context, request));
    },
  );

  app.delete(
    "/v1/images/:id",
    {
      schema: {
        tags,
        summary: "remove one picture",
        params: idParams,
        response: { 200: z.object({ id: z.string(), deleted: z.literal(true) }) },
      },
    },
    async (request) => {
      const { id } = pictureFor(context, request.caller, request.params.id);
      await pictures.remove(id);
      return { id, deleted: true as const };
    },
  );
}

/** Throws `NotFoundError`. */
function pictureFor({ jobs }: Context, { owner, admin }: Caller, id: string): StoredPicture {
  const picture = jobs.store.pictures.get(id);
  if (picture === undefined || (!admin && picture.owner !== owner)) {
    throw new NotFoundError(`there is no picture ${JSON.stringify(id)}`);
  }
  return picture;
}

function matches(header: string | undefined, etag: string): boolean {
  return header !== undefined && header.split(",").some((one) => ["*", etag, `W/${etag}`].includes(one.trim()));
}

/** One range of bytes; more than one, or another unit, is answered with the whole, as RFC 9110, 14.2 allows. */
function rangeOf(
  header: string | undefined,
  size: number,
): { readonly first: number; readonly last: number } | "unsatisfiable" | undefined {
  const [, from = "", to = ""] = /^bytes=(\d*)-(\d*)$/.exec(header?.trim() ?? "") ?? [];
  if (from === "" && to === "") {
    return undefined;
  }
  const first = from === "" ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === "" || to === "" ? size - 1 : Math.min(size - 1, Number(to));
  if (from !== "" && to !== "" && Number(to) < Number(from)) {
    return undefined;
  }
  return first > last || first >= size ? "unsatisfiable" : { first, last };
}
