/**
 * Whom a secure connection trusts. Node reads `NODE_EXTRA_CA_CERTS`; the variables that Python's tools and curl obey are added here,
 * for companies whose proxy signs with a certificate of its own.
 */
import { X509Certificate } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import * as tls from "node:tls";
import { reasonOf, UsageError } from "../errors.js";
import { type Environment, setting, type Setting, settings } from "./settings.js";

/** Variables that name a file of certificates, or a folder of such files. */
export const CERTIFICATE_VARIABLES = ["REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "CURL_CA_BUNDLE"];
const BLOCK = /-----BEGIN (TRUSTED )?CERTIFICATE-----[^-]*-----END \1?CERTIFICATE-----/g;

/**
 * Certificates in PEM, those that Node trusts by itself among them; `undefined` where no variable adds any.
 * Throws `UsageError` for a variable whose file cannot be used.
 */
export async function trustedCertificates(env: Environment): Promise<string[] | undefined> {
  const given = settings(env, ...CERTIFICATE_VARIABLES);
  if (given.length === 0) {
    return undefined;
  }
  // A list replaces Node's own, with what NODE_EXTRA_CA_CERTS has added; Node itself warns when that file cannot be read.
  const extra = setting(env, "NODE_EXTRA_CA_CERTS");
  const extras = extra === undefined ? [] : await bundle(extra).catch(() => []);
  const bundles = await Promise.all(given.map(bundle));
  return [...new Set([...tls.rootCertificates, ...extras, ...bundles.flat()])];
}

async function bundle({ name, value }: Setting): Promise<string[]> {
  const expected = `${name}: expected a file of certificates in PEM`;
  let texts: string[];
  try {
    texts = await Promise.all((await filesOf(value)).map((file) => readFile(file, "latin1")));
  } catch (thrown) {
    throw new UsageError(`${expected}, got ${value}, which cannot be read: ${reasonOf(thrown)}`, { cause: thrown });
  }
  const blocks = texts.flatMap((text) => text.match(BLOCK) ?? []);
  if (blocks.length === 0) {
    throw new UsageError(`${expected}, got ${value}, which holds none`);
  }
  return blocks.map((block) => {
    try {
      return new X509Certificate(block).toString();
    } catch (thrown) {
      throw new UsageError(`${expected}, got ${value}, which holds a damaged one`, { cause: thrown });
    }
  });
}

async function filesOf(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) {
    return [path];
  }
  const entries = (await readdir(path)).map((name) => join(path, name));
  const kinds = await Promise.all(entries.map(async (entry) => (await stat(entry).catch(() => undefined))?.isFile()));
  return entries.filter((_entry, index) => kinds[index] === true);
}
