import { expect, test } from "vitest";
import { askedWait } from "./asked-wait.js";

const NOW = Date.parse("Wed, 21 Oct 2026 07:28:00 GMT");

test.each<[Record<string, string>, number]>([
  [{}, 0],
  [{ "retry-after": "1" }, 1000],
  [{ "retry-after": " 1.5 " }, 1500],
  [{ "retry-after": "2, 2" }, 2000],
  [{ "retry-after": "-3" }, 0],
  [{ "retry-after": "soon" }, 0],
  [{ "retry-after": "Wed, 21 Oct 2026 07:28:30 GMT" }, 30_000],
  [{ "retry-after": "Wed, 21 Oct 2026 07:27:00 GMT" }, 0],
  // A server whose clock is an hour behind ours.
  [{ "retry-after": "Wed, 21 Oct 2026 06:28:07 GMT", date: "Wed, 21 Oct 2026 06:28:00 GMT" }, 7000],
  [{ ratelimit: '"resolvers";r=0;t=55' }, 55_000],
  [{ ratelimit: '"resolvers"; t=55 ; r=0' }, 55_000],
  [{ ratelimit: '"api";r=0;t=5, "resolvers";r=0;t=55' }, 55_000],
  [{ ratelimit: '"api";r=499;t=300, "resolvers";r=0;t=55' }, 55_000],
  [{ ratelimit: '"api";r=3;t=20' }, 20_000],
  [{ ratelimit: '"api";r=0' }, 0],
  [{ ratelimit: "nonsense" }, 0],
  [{ "retry-after": "2", ratelimit: '"resolvers";r=0;t=55' }, 2000],
  [{ "retry-after": "soon", ratelimit: '"resolvers";r=0;t=55' }, 55_000],
])("%j asks for %d ms", (headers, wait) => {
  expect(askedWait({ header: (name) => headers[name] }, NOW)).toBe(wait);
});
