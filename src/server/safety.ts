/**
 * What a browser may do here. A page of another origin must not be able to ask for images in its visitor's name, nor a name that was
 * made to mean this machine (DNS rebinding): so the names that the server goes by are known, and other origins are refused.
 */
import cors from "@fastify/cors";
import helmet from "@fastify/helmet";
import type { FastifyRequest } from "fastify";
import { ForbiddenError } from "./caller.js";
import type { App } from "./context.js";

export interface SafetyOptions {
  /** Names and addresses, beside those of loopback, that requests may be sent to; `"*"` is any. */
  readonly allowedHosts: readonly string[];
  /** Origins of pages, beside the server's own, that may use it. */
  readonly allowedOrigins: readonly string[];
}

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]", "::1"]);

export async function addSafety(app: App, { allowedHosts, allowedOrigins }: SafetyOptions): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      directives: {
        defaultSrc: ["'self'"],
        imgSrc: ["'self'", "data:", "blob:"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        objectSrc: ["'none'"],
        frameAncestors: ["'none'"],
        upgradeInsecureRequests: null,
      },
    },
    // Only who stands before the server knows whether it is reached by TLS.
    strictTransportSecurity: false,
    crossOriginResourcePolicy: { policy: allowedOrigins.length === 0 ? "same-origin" : "cross-origin" },
  });
  await app.register(cors, {
    origin: (origin, answer) => {
      answer(null, origin !== undefined && allowedOrigins.includes(origin));
    },
    exposedHeaders: ["x-request-id", "x-kandinsky3-warnings", "retry-after"],
  });
  app.addHook("onRequest", (request, _reply, done) => {
    try {
      requireKnownHost(request, allowedHosts);
      requireKnownOrigin(request, allowedOrigins);
      done();
    } catch (thrown) {
      done(thrown as Error);
    }
  });
}

function requireKnownHost({ hostname }: FastifyRequest, allowedHosts: readonly string[]): void {
  const name = hostname.toLowerCase();
  if (!LOOPBACK.has(name) && !allowedHosts.includes("*") && !allowedHosts.some((host) => host.toLowerCase() === name)) {
    throw new ForbiddenError(
      `the server is not known as ${JSON.stringify(hostname)}; --allow-host adds a name that it may be reached by`,
    );
  }
}

/** What only looks may come from anywhere: without the headers of `cors` a foreign page cannot read the answer. */
function requireKnownOrigin({ method, headers, host }: FastifyRequest, allowedOrigins: readonly string[]): void {
  const { origin } = headers;
  const looks = method === "GET" || method === "HEAD" || method === "OPTIONS";
  if (origin === undefined || looks || allowedOrigins.includes(origin)) {
    return;
  }
  const own = URL.canParse(origin) && new URL(origin).host === host;
  if (!own) {
    throw new ForbiddenError(
      `pages of ${JSON.stringify(origin)} may not use this server; --allow-origin adds one that may`,
    );
  }
}
