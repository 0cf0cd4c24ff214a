/** Assignments and reports as they lie in Redis: JSON, with pictures by their places in the exchange. */
import type { JsonObject } from "../../../image/metadata/metadata.js";
import type { Assignment, MadePicture, Preview, Report } from "../crew.js";
import type { PictureExchange, PictureRef } from "./picture-exchange.js";

export interface WireAssignment {
  /** Another one each time the job is handed out, so that a worker that was given up cannot end the job of the next. */
  readonly id: string;
  /** Whom the worker reports to. */
  readonly server: string;
  readonly job: string;
  readonly requestId: string;
  readonly fields: JsonObject;
  readonly warmth: string;
  /** Ids and places. */
  readonly pictures: readonly (readonly [string, PictureRef])[];
  /** Whether pictures travel through the shared folder. */
  readonly sharedFolder: boolean;
}

type WireReport =
  | Exclude<Report, { type: "completed" | "preview" }>
  | { readonly type: "preview"; readonly step: number; readonly images: readonly (Omit<Preview, "bytes"> & Inline)[] }
  | {
      readonly type: "completed";
      readonly pictures: readonly (Omit<MadePicture, "bytes"> & { readonly ref: PictureRef })[];
      readonly settings: JsonObject;
    };

interface Inline {
  readonly base64: string;
}

/** Throws `StoreError`. */
export async function packPictures(
  pictures: Assignment["pictures"],
  exchange: PictureExchange,
): Promise<WireAssignment["pictures"]> {
  return Promise.all([...pictures].map(async ([id, bytes]) => [id, await exchange.put(bytes)] as const));
}

/** Throws `StoreError`. */
export async function unpackPictures(
  pictures: WireAssignment["pictures"],
  exchange: PictureExchange,
): Promise<Assignment["pictures"]> {
  return new Map(await Promise.all(pictures.map(async ([id, ref]) => [id, await exchange.get(ref)] as const)));
}

/** Throws `StoreError`. */
export async function packReport(report: Report, exchange: PictureExchange): Promise<string> {
  return JSON.stringify(await toWire(report, exchange));
}

async function toWire(report: Report, exchange: PictureExchange): Promise<WireReport> {
  switch (report.type) {
    case "preview":
      return {
        ...report,
        images: report.images.map(({ bytes, ...rest }) => ({ ...rest, base64: Buffer.from(bytes).toString("base64") })),
      };
    case "completed":
      return {
        ...report,
        pictures: await Promise.all(
          report.pictures.map(async ({ bytes, ...rest }) => ({ ...rest, ref: await exchange.put(bytes) })),
        ),
      };
    case "settings":
    case "note":
    case "progress":
    case "failed":
    case "cancelled":
    case "lost":
    case "returned":
      return report;
  }
}

export interface UnpackedReport {
  readonly report: Report;
  /** What of it lies in the exchange, and may go once the report is kept. */
  readonly refs: readonly PictureRef[];
}

/** Throws `StoreError`. */
export async function unpackReport(text: string, exchange: PictureExchange): Promise<UnpackedReport> {
  const wire = JSON.parse(text) as WireReport;
  switch (wire.type) {
    case "preview": {
      const images = wire.images.map(({ base64, ...rest }) => ({ ...rest, bytes: Buffer.from(base64, "base64") }));
      return { report: { ...wire, images }, refs: [] };
    }
    case "completed": {
      const pictures = await Promise.all(
        wire.pictures.map(async ({ ref, ...rest }) => ({ ...rest, bytes: await exchange.get(ref) })),
      );
      return { report: { ...wire, pictures }, refs: wire.pictures.map(({ ref }) => ref) };
    }
    case "settings":
    case "note":
    case "progress":
    case "failed":
    case "cancelled":
    case "lost":
    case "returned":
      // What JSON leaves out is what the report has as undefined.
      return { report: wire, refs: [] };
  }
}
