/** Why no answer came, in words, and whether waiting can heal it. */
import { reasonOf } from "../errors.js";
import type { Proxy } from "./proxy.js";
import { CERTIFICATE_VARIABLES } from "./trusted-certificates.js";

export class ConnectionFailure extends Error {
  constructor(
    message: string,
    /** True for what stays as it is however often it is tried. */
    readonly lasting: boolean,
    cause: unknown,
  ) {
    super(message, { cause });
  }
}

/** Codes of OpenSSL for a certificate whose issuer is not known here. */
const UNTRUSTED = new Set([
  "CERT_UNTRUSTED",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);
const OTHER_CERTIFICATE =
  /^(?:CERT_|CRL_|ERR_TLS_CERT_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH|UNABLE_TO_DECODE_ISSUER)/;
/** The other side speaks something else than TLS, or an age of it that is refused. */
const OTHER_PROTOCOL = /wrong version number|unsupported protocol|packet length too long|handshake failure/i;

/**
 * @param known whether the host has answered before: a name that was found once is lost with the network, which comes back
 */
export function connectionFailure(
  url: URL,
  thrown: unknown,
  { proxy, known }: { readonly proxy: Proxy | undefined; readonly known: boolean },
): ConnectionFailure {
  const causes = causesOf(thrown);
  const codes = causes.map((cause) => String((cause as { code?: unknown } | undefined)?.code));
  const reasons = thrown instanceof AggregateError ? thrown.errors.map(reasonOf) : [reasonOf(causes.at(-1))];
  const through = proxy === undefined ? "" : ` through the proxy ${proxy.address.host} (${proxy.variable})`;
  const failure = (reason: string, lasting: boolean): ConnectionFailure =>
    new ConnectionFailure(`${url.host} cannot be reached${through}: ${reason}`, lasting, thrown);

  if (codes.some((code) => UNTRUSTED.has(code))) {
    return failure(
      `its certificate is not trusted here (${reasons.join("; ")}); where a proxy signs for others, NODE_EXTRA_CA_CERTS names the file of its certificate (${CERTIFICATE_VARIABLES.join(", ")} are read too)`,
      true,
    );
  }
  if (codes.some((code) => OTHER_CERTIFICATE.test(code))) {
    return failure(
      `its certificate is not valid (${reasons.join("; ")}), expected one for this host and of today; NODE_EXTRA_CA_CERTS does not change that`,
      true,
    );
  }
  const status = Number(/^Proxy response \((\d+)\)/.exec(reasons.join())?.[1]);
  if (status === 407 || codes.some((code) => code.startsWith("UND_ERR_SOCKS5_AUTH_"))) {
    const got = Number.isNaN(status) ? reasons.join("; ") : String(status);
    return failure(`the proxy wants another user name and password (${got}) than ${proxy?.variable ?? "it"} has`, true);
  }
  if (!Number.isNaN(status)) {
    return failure(`the proxy answers ${status}`, status >= 400 && status < 500 && status !== 408 && status !== 429);
  }
  if (codes.includes("ENOTFOUND")) {
    return failure(`no such host is known (${reasons.join("; ")})`, !known);
  }
  return failure(
    reasons.join("; "),
    causes.some((cause) => OTHER_PROTOCOL.test(reasonOf(cause))),
  );
}

/** An error and what caused it, the outermost first. */
function causesOf(thrown: unknown): unknown[] {
  const inner = thrown instanceof Error ? thrown.cause : undefined;
  const members: unknown[] = thrown instanceof AggregateError ? thrown.errors : [];
  return [thrown, ...members, ...(inner === undefined ? [] : causesOf(inner))];
}
