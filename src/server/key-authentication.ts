/** Requests by API key. Until a key has been made, whoever reaches the server may use it, and from this machine look after it too. */
import type { ApiKeys } from "../jobs/admission/api-keys.js";
import { type Authenticate, UnauthorizedError } from "./caller.js";

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;

/** @param insecure no key is asked for, whatever the address is that the server listens on */
export function byKey(keys: ApiKeys, { insecure }: { readonly insecure: boolean }): Authenticate {
  return ({ headers, ip }) => {
    const sent = keyIn(headers.authorization) ?? textOf(headers["x-api-key"]);
    const key = sent === undefined ? undefined : keys.find(sent);
    if (key !== undefined) {
      return { owner: key.id, admin: key.admin };
    }
    if (insecure || !keys.areNeeded()) {
      // Clients of the images API always send some key, which says nothing where none was made.
      return { owner: "", admin: LOOPBACK.test(ip) };
    }
    throw new UnauthorizedError(
      sent === undefined
        ? "an API key is needed, as Authorization: Bearer KEY; kandinsky3 keys create NAME makes one"
        : "the API key is not known, or revoked",
    );
  };
}

/** As a bearer token, or as the password beside any name, which is all that some plug-ins can send. */
function keyIn(header: string | undefined): string | undefined {
  const [, scheme = "", text = ""] = /^(Bearer|Basic)\s+(\S+)$/i.exec(header?.trim() ?? "") ?? [];
  if (scheme.toLowerCase() === "basic") {
    return Buffer.from(text, "base64")
      .toString()
      .replace(/^[^:]*:/, "");
  }
  return text === "" ? undefined : text;
}

function textOf(header: string | readonly string[] | undefined): string | undefined {
  return typeof header === "string" ? header : header?.[0];
}
