/** The plan of what is asked for, once the typing has paused. */
import { useEffect, useState } from "react";
import { RefusedError } from "../api/client";
import { usePlan } from "../api/queries";
import type { JobFields, Plan } from "../api/types";

const PAUSE_MS = 300;

export function usePlanOf(fields: JobFields): {
  readonly plan: Plan | undefined;
  readonly problem: string | undefined;
} {
  const text = JSON.stringify(fields);
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => {
      setSettled(text);
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
    };
  }, [text]);
  const { data, error } = usePlan(JSON.parse(settled) as JobFields);
  const refused = error instanceof RefusedError && error.status !== 401 ? error.message : undefined;
  return { plan: data, problem: refused };
}
