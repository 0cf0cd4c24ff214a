/** How long an answer asks to be left alone. References: RFC 9110, 10.2.3 (Retry-After); draft-ietf-httpapi-ratelimit-headers. */
/** Milliseconds; 0 where the answer names no time. `Retry-After` counts before `RateLimit`, as the draft has it. */
export function askedWait(
  { header }: { readonly header: (name: string) => string | undefined },
  now = Date.now(),
): number {
  const retryAfter = header("retry-after")?.trim() ?? "";
  const seconds = /^(\d+(?:\.\d+)?)\s*(?:,|$)/.exec(retryAfter)?.[1];
  if (seconds !== undefined) {
    return 1000 * Number(seconds);
  }
  const date = /^[a-z]/i.test(retryAfter) ? Date.parse(retryAfter) : Number.NaN;
  if (!Number.isNaN(date)) {
    // The server's own clock, which ours may differ from.
    const sent = Date.parse(header("date") ?? "");
    return Math.max(0, date - (Number.isNaN(sent) ? now : sent));
  }
  return 1000 * windowEnd(header("ratelimit") ?? "");
}

/** Seconds until the last used-up window of `"api";r=0;t=55, "resolvers";r=12;t=9` ends; until any does where none says it is. */
function windowEnd(rateLimit: string): number {
  const windows = rateLimit.split(",").flatMap((text) => {
    const remaining = /;\s*r\s*=\s*(\d+)/i.exec(text)?.[1];
    const end = /;\s*t\s*=\s*(\d+)/i.exec(text)?.[1];
    return end === undefined ? [] : [{ used: Number(remaining ?? 0) === 0, end: Number(end) }];
  });
  const used = windows.filter((window) => window.used);
  return Math.max(0, ...(used.length > 0 ? used : windows).map(({ end }) => end));
}
