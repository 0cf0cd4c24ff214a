/** What the page asks the server for, kept and shared between its parts. */
import {
  type InfiniteData,
  keepPreviousData,
  QueryClient,
  useInfiniteQuery,
  type UseInfiniteQueryResult,
  useQuery,
  type UseQueryResult,
} from "@tanstack/react-query";
import { api, bodyOf, isUnreachable } from "./client";
import type { Job, JobFields, Model, Picture, Plan } from "./types";

/** Between two looks at the queue, in which the jobs of other tabs come and go. */
const QUEUE_MS = 2000;
const PICTURES_AT_ONCE = 60;

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, thrown) => isUnreachable(thrown) && failures < 3,
      networkMode: "always",
      refetchOnWindowFocus: true,
    },
    mutations: { networkMode: "always" },
  },
});

export function useModels(): UseQueryResult<Model[]> {
  return useQuery({
    queryKey: ["models"],
    queryFn: async () => (await bodyOf(api.GET("/v1/models"))).data,
    staleTime: 60_000,
  });
}

export function usePlan(fields: JobFields): UseQueryResult<Plan> {
  return useQuery({
    queryKey: ["plan", fields],
    queryFn: () => bodyOf(api.POST("/v1/plan", { body: fields })),
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    retry: false,
  });
}

export function useActiveJobs(): UseQueryResult<Job[]> {
  return useQuery({
    queryKey: ["jobs", "active"],
    queryFn: async () => {
      const ask = (status: "queued" | "running"): Promise<{ data: Job[] }> =>
        bodyOf(api.GET("/v1/jobs", { params: { query: { status, limit: 200 } } }));
      const [running, queued] = await Promise.all([ask("running"), ask("queued")]);
      return [...running.data, ...queued.data.toSorted((a, b) => (a.queue_position ?? 0) - (b.queue_position ?? 0))];
    },
    refetchInterval: QUEUE_MS,
    refetchIntervalInBackground: false,
  });
}

export function useJob(id: string | undefined): UseQueryResult<Job> {
  return useQuery({
    queryKey: ["job", id],
    queryFn: () => bodyOf(api.GET("/v1/jobs/{id}", { params: { path: { id: id ?? "" } } })),
    enabled: id !== undefined,
    staleTime: 5000,
  });
}

export interface PictureSearch {
  readonly query: string;
  readonly starred: boolean;
}

type PicturePage = Readonly<{ data: Picture[]; has_more: boolean }>;

export function usePictures({ query, starred }: PictureSearch): UseInfiniteQueryResult<InfiniteData<PicturePage>> {
  return useInfiniteQuery({
    queryKey: ["pictures", query, starred],
    initialPageParam: "",
    queryFn: ({ pageParam }): Promise<PicturePage> =>
      bodyOf(
        api.GET("/v1/images", {
          params: {
            query: {
              limit: PICTURES_AT_ONCE,
              ...(query === "" ? {} : { query }),
              ...(starred ? { starred: "true" as const } : {}),
              ...(pageParam === "" ? {} : { after: pageParam }),
            },
          },
        }),
      ),
    getNextPageParam: ({ data, has_more: hasMore }) => (hasMore ? data.at(-1)?.id : undefined),
    placeholderData: keepPreviousData,
  });
}

export async function refreshPictures(): Promise<void> {
  await queryClient.invalidateQueries({ queryKey: ["pictures"] });
}
