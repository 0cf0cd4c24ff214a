export interface paths {
  "/metrics": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** metrics, as Prometheus reads them */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description text/plain */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "text/plain": string;
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/server/stop": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** end the server in good order; from this machine, or with an admin key */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        202: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              /** @enum {boolean} */
              stopping: true;
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/health": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** whether the server answers */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              /** @enum {string} */
              status: "ok";
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/ready": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** whether a job that is asked for now would be kept, and a worker is there for it */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              /** @enum {string} */
              status: "ready";
              queued: number;
              running: number;
              workers: {
                name: string;
                job: string | null;
                warmth: string | null;
              }[];
            };
          };
        };
        /** @description Default Response */
        503: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/version": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** which version it is */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              name: string;
              version: string;
              node: string;
              model: string;
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/models": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** the models that are here */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              /** @enum {string} */
              object: "list";
              data: {
                id: string;
                /** @enum {string} */
                object: "model";
                created: number;
                owned_by: string;
                /** @enum {string} */
                source: "bundled" | "folder" | "cache";
                /** @description of its files */
                bytes: number | null;
                /** @description whether it is taken where none is named */
                default: boolean;
                parts:
                  | {
                      name: string;
                      parameters: number;
                      bytes: number;
                      /** @description what it is stored in: fp32, fp16, int8 and so on, the largest share first */
                      dtype: string;
                    }[]
                  | null;
                /** @description of its images, where none is asked for */
                size: string | null;
                /** @description that an image of this size takes at most */
                memory_bytes: number | null;
                /** @description whether the server's machine has as much free at the moment */
                fits: boolean | null;
                /** @description all that it was taught, where those are few */
                known_words: string[] | null;
                /** @description why it cannot be used, where it cannot */
                problem: string | null;
              }[];
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/models/{id}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** one model */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              id: string;
              /** @enum {string} */
              object: "model";
              created: number;
              owned_by: string;
              /** @enum {string} */
              source: "bundled" | "folder" | "cache";
              /** @description of its files */
              bytes: number | null;
              /** @description whether it is taken where none is named */
              default: boolean;
              parts:
                | {
                    name: string;
                    parameters: number;
                    bytes: number;
                    /** @description what it is stored in: fp32, fp16, int8 and so on, the largest share first */
                    dtype: string;
                  }[]
                | null;
              /** @description of its images, where none is asked for */
              size: string | null;
              /** @description that an image of this size takes at most */
              memory_bytes: number | null;
              /** @description whether the server's machine has as much free at the moment */
              fits: boolean | null;
              /** @description all that it was taught, where those are few */
              known_words: string[] | null;
              /** @description why it cannot be used, where it cannot */
              problem: string | null;
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
      };
    };
    put?: never;
    post?: never;
    /** take a model out of the cache */
    delete: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              id: string;
              /** @enum {boolean} */
              deleted: true;
              freed_bytes: number;
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
      };
    };
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/models/{organisation}/{name}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** one model of the Hub */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          organisation: string;
          name: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              id: string;
              /** @enum {string} */
              object: "model";
              created: number;
              owned_by: string;
              /** @enum {string} */
              source: "bundled" | "folder" | "cache";
              /** @description of its files */
              bytes: number | null;
              /** @description whether it is taken where none is named */
              default: boolean;
              parts:
                | {
                    name: string;
                    parameters: number;
                    bytes: number;
                    /** @description what it is stored in: fp32, fp16, int8 and so on, the largest share first */
                    dtype: string;
                  }[]
                | null;
              /** @description of its images, where none is asked for */
              size: string | null;
              /** @description that an image of this size takes at most */
              memory_bytes: number | null;
              /** @description whether the server's machine has as much free at the moment */
              fits: boolean | null;
              /** @description all that it was taught, where those are few */
              known_words: string[] | null;
              /** @description why it cannot be used, where it cannot */
              problem: string | null;
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
      };
    };
    put?: never;
    post?: never;
    /** take a model out of the cache */
    delete: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          organisation: string;
          name: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              id: string;
              /** @enum {boolean} */
              deleted: true;
              freed_bytes: number;
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
      };
    };
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/models/pull": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** fetch a model from the Hub, or what is still missing of it */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          "application/json": {
            /** @description its name on the Hub, or a short one */
            model: string;
            /** @description branch, tag or commit; main when left out */
            revision?: string;
            /** @description which weight files, as fp16 */
            variant?: string;
          };
        };
      };
      responses: {
        /** @description Default Response */
        202: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              id: string;
              /** @enum {string} */
              type: "images" | "pull";
              /** @enum {string} */
              status: "queued" | "running" | "completed" | "failed" | "cancelled";
              /** @description how many jobs come before it; null unless it is queued */
              queue_position: number | null;
              phase: string | null;
              step: number;
              steps: number | null;
              seconds_per_step: number | null;
              seconds_left: number | null;
              /** @description of a download; null for images */
              bytes: number | null;
              bytes_done: number | null;
              bytes_per_second: number | null;
              /** @description seconds since 1970 */
              created: number;
              started: number | null;
              completed: number | null;
              images: {
                id: string;
                url: string;
                seed: string | null;
                width: number;
                height: number;
                mime: string;
              }[];
              /** @description the fields that were sent */
              request: {
                [key: string]: unknown;
              };
              /** @description everything needed to make the images again */
              settings: {
                [key: string]: unknown;
              } | null;
              warnings: string[];
              error: {
                kind: string;
                message: string;
              } | null;
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/models/{id}/verify": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** read a model again and compare every file with its hash */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              id: string;
              /** @description whether every file is */
              right: boolean;
              files: {
                path: string;
                size: number;
                /** @enum {string} */
                state: "right" | "wrong" | "missing";
              }[];
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/models/{organisation}/{name}/verify": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** read a model again and compare every file with its hash */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          organisation: string;
          name: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              id: string;
              /** @description whether every file is */
              right: boolean;
              files: {
                path: string;
                size: number;
                /** @enum {string} */
                state: "right" | "wrong" | "missing";
              }[];
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/plan": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** tokens, size, steps, time and memory of a job, which is not asked for */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          "application/json": {
            prompt?: string | null;
            negative_prompt?: string | null;
            seed?: ((number | string) | (number | string)[]) | null;
            steps?: number | null;
            guidance_scale?: number | null;
            guidance_interval?: [number, number] | null;
            reuse_features?: number | null;
            preset?: ("exact" | "balanced" | "fast") | null;
            width?: number | null;
            height?: number | null;
            n?: number | null;
            strength?: number | null;
            fit?: ("crop" | "pad" | "stretch") | null;
            mask_area?: ("whole" | "only") | null;
            mask_padding?: number | null;
            invert_mask?: boolean | null;
            mask_blur?: number | null;
            extend?: {
              /** @default 0 */
              left?: number;
              /** @default 0 */
              top?: number;
              /** @default 0 */
              right?: number;
              /** @default 0 */
              bottom?: number;
            } | null;
            raw?: boolean | null;
            sampler?: ("ddpm" | "original" | "flash") | null;
            eta?: number | null;
            batch_size?: number | null;
            dtype?: string | null;
            model?: string | null;
            size?: string | null;
            image?: (string | string[]) | null;
            mask?: string | null;
            output_format?: ("png" | "jpeg" | "webp") | null;
            output_compression?: number | null;
            previews?: number | null;
            priority?: number | null;
          };
        };
      };
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              width: number;
              height: number;
              /** @description that are really run */
              steps: number;
              dtype: string;
              /** @description at most, at any time */
              memory_bytes: number;
              /** @description null where nothing can be measured here */
              seconds: number | null;
              seconds_per_step: number | null;
              model: string;
              /** @description of the prompt that are used, the end mark included */
              tokens: number;
              negative_tokens: number | null;
              /** @description the end of the prompt, which is too long to be used */
              cut: string | null;
              /** @description seconds are for all of them */
              images: number;
              /** @description whether each step runs twice */
              guided: boolean;
              available_bytes: number;
              fits: boolean;
              /** @description the largest setting that fits, where the one asked for does not */
              alternative: {
                width: number;
                height: number;
                /** @description that are really run */
                steps: number;
                dtype: string;
                /** @description at most, at any time */
                memory_bytes: number;
                /** @description null where nothing can be measured here */
                seconds: number | null;
                seconds_per_step: number | null;
              } | null;
              /** @description of a model on the Hub; null for one that is here */
              disk: {
                bytes: number;
                download_bytes: number;
                free_bytes: number;
              } | null;
              notes: string[];
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/jobs": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** the newest jobs first */
    get: {
      parameters: {
        query?: {
          status?: "queued" | "running" | "completed" | "failed" | "cancelled";
          limit?: number;
          /** @description a job's id: those that are older */
          after?: string;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              data: {
                id: string;
                /** @enum {string} */
                type: "images" | "pull";
                /** @enum {string} */
                status: "queued" | "running" | "completed" | "failed" | "cancelled";
                /** @description how many jobs come before it; null unless it is queued */
                queue_position: number | null;
                phase: string | null;
                step: number;
                steps: number | null;
                seconds_per_step: number | null;
                seconds_left: number | null;
                /** @description of a download; null for images */
                bytes: number | null;
                bytes_done: number | null;
                bytes_per_second: number | null;
                /** @description seconds since 1970 */
                created: number;
                started: number | null;
                completed: number | null;
                images: {
                  id: string;
                  url: string;
                  seed: string | null;
                  width: number;
                  height: number;
                  mime: string;
                }[];
                /** @description the fields that were sent */
                request: {
                  [key: string]: unknown;
                };
                /** @description everything needed to make the images again */
                settings: {
                  [key: string]: unknown;
                } | null;
                warnings: string[];
                error: {
                  kind: string;
                  message: string;
                } | null;
              }[];
              has_more: boolean;
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
      };
    };
    put?: never;
    /** ask for images */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          "application/json": {
            prompt?: string | null;
            negative_prompt?: string | null;
            seed?: ((number | string) | (number | string)[]) | null;
            steps?: number | null;
            guidance_scale?: number | null;
            guidance_interval?: [number, number] | null;
            reuse_features?: number | null;
            preset?: ("exact" | "balanced" | "fast") | null;
            width?: number | null;
            height?: number | null;
            n?: number | null;
            strength?: number | null;
            fit?: ("crop" | "pad" | "stretch") | null;
            mask_area?: ("whole" | "only") | null;
            mask_padding?: number | null;
            invert_mask?: boolean | null;
            mask_blur?: number | null;
            extend?: {
              /** @default 0 */
              left?: number;
              /** @default 0 */
              top?: number;
              /** @default 0 */
              right?: number;
              /** @default 0 */
              bottom?: number;
            } | null;
            raw?: boolean | null;
            sampler?: ("ddpm" | "original" | "flash") | null;
            eta?: number | null;
            batch_size?: number | null;
            dtype?: string | null;
            model?: string | null;
            size?: string | null;
            image?: (string | string[]) | null;
            mask?: string | null;
            output_format?: ("png" | "jpeg" | "webp") | null;
            output_compression?: number | null;
            previews?: number | null;
            priority?: number | null;
          };
        };
      };
      responses: {
        /** @description Default Response */
        202: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              id: string;
              /** @enum {string} */
              type: "images" | "pull";
              /** @enum {string} */
              status: "queued" | "running" | "completed" | "failed" | "cancelled";
              /** @description how many jobs come before it; null unless it is queued */
              queue_position: number | null;
              phase: string | null;
              step: number;
              steps: number | null;
              seconds_per_step: number | null;
              seconds_left: number | null;
              /** @description of a download; null for images */
              bytes: number | null;
              bytes_done: number | null;
              bytes_per_second: number | null;
              /** @description seconds since 1970 */
              created: number;
              started: number | null;
              completed: number | null;
              images: {
                id: string;
                url: string;
                seed: string | null;
                width: number;
                height: number;
                mime: string;
              }[];
              /** @description the fields that were sent */
              request: {
                [key: string]: unknown;
              };
              /** @description everything needed to make the images again */
              settings: {
                [key: string]: unknown;
              } | null;
              warnings: string[];
              error: {
                kind: string;
                message: string;
              } | null;
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/jobs/{id}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** one job */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              id: string;
              /** @enum {string} */
              type: "images" | "pull";
              /** @enum {string} */
              status: "queued" | "running" | "completed" | "failed" | "cancelled";
              /** @description how many jobs come before it; null unless it is queued */
              queue_position: number | null;
              phase: string | null;
              step: number;
              steps: number | null;
              seconds_per_step: number | null;
              seconds_left: number | null;
              /** @description of a download; null for images */
              bytes: number | null;
              bytes_done: number | null;
              bytes_per_second: number | null;
              /** @description seconds since 1970 */
              created: number;
              started: number | null;
              completed: number | null;
              images: {
                id: string;
                url: string;
                seed: string | null;
                width: number;
                height: number;
                mime: string;
              }[];
              /** @description the fields that were sent */
              request: {
                [key: string]: unknown;
              };
              /** @description everything needed to make the images again */
              settings: {
                [key: string]: unknown;
              } | null;
              warnings: string[];
              error: {
                kind: string;
                message: string;
              } | null;
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
      };
    };
    put?: never;
    post?: never;
    /** remove it and its images; what has not ended is cancelled */
    delete: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              id: string;
              /** @enum {boolean} */
              deleted: true;
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
      };
    };
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/jobs/{id}/events": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** what happens to a job, as server-sent events */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description text/event-stream */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "text/event-stream": string;
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/jobs/{id}/cancel": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** take it out of the queue, or stop it after its step */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              id: string;
              /** @enum {string} */
              type: "images" | "pull";
              /** @enum {string} */
              status: "queued" | "running" | "completed" | "failed" | "cancelled";
              /** @description how many jobs come before it; null unless it is queued */
              queue_position: number | null;
              phase: string | null;
              step: number;
              steps: number | null;
              seconds_per_step: number | null;
              seconds_left: number | null;
              /** @description of a download; null for images */
              bytes: number | null;
              bytes_done: number | null;
              bytes_per_second: number | null;
              /** @description seconds since 1970 */
              created: number;
              started: number | null;
              completed: number | null;
              images: {
                id: string;
                url: string;
                seed: string | null;
                width: number;
                height: number;
                mime: string;
              }[];
              /** @description the fields that were sent */
              request: {
                [key: string]: unknown;
              };
              /** @description everything needed to make the images again */
              settings: {
                [key: string]: unknown;
              } | null;
              warnings: string[];
              error: {
                kind: string;
                message: string;
              } | null;
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/images/{id}": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** a picture's file; ranges and ETags are understood */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description the file, or the part of it that was asked for */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "image/png": unknown;
            "image/jpeg": unknown;
            "image/webp": unknown;
            "image/gif": unknown;
            "image/avif": unknown;
          };
        };
        /** @description the file, or the part of it that was asked for */
        206: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "image/png": unknown;
            "image/jpeg": unknown;
            "image/webp": unknown;
            "image/gif": unknown;
            "image/avif": unknown;
          };
        };
        /** @description nothing is sent */
        304: {
          headers: {
            [name: string]: unknown;
          };
          content?: never;
        };
        /** @description nothing is sent */
        416: {
          headers: {
            [name: string]: unknown;
          };
          content?: never;
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
      };
    };
    put?: never;
    post?: never;
    /** remove one picture */
    delete: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              id: string;
              /** @enum {boolean} */
              deleted: true;
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
      };
    };
    options?: never;
    head?: never;
    /** star a picture, or take its star away */
    patch: {
      parameters: {
        query?: never;
        header?: never;
        path: {
          id: string;
        };
        cookie?: never;
      };
      requestBody: {
        content: {
          "application/json": {
            starred: boolean;
          };
        };
      };
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              id: string;
              url: string;
              seed: string | null;
              width: number;
              height: number;
              mime: string;
              job: string | null;
              bytes: number;
              prompt: string;
              starred: boolean;
              created: number;
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
      };
    };
    trace?: never;
  };
  "/v1/images": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** the pictures that jobs have made, the newest first */
    get: {
      parameters: {
        query?: {
          /** @description words of the prompt */
          query?: string;
          starred?: "true" | "false";
          limit?: number;
          /** @description a picture's id: those that are older */
          after?: string;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              data: {
                id: string;
                url: string;
                seed: string | null;
                width: number;
                height: number;
                mime: string;
                job: string | null;
                bytes: number;
                prompt: string;
                starred: boolean;
                created: number;
              }[];
              has_more: boolean;
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
      };
    };
    put?: never;
    /** keep a picture for jobs to come */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          "application/json": {
            /** @description a data URL */
            image: string;
          };
        };
      };
      responses: {
        /** @description Default Response */
        201: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              id: string;
              url: string;
              seed: string | null;
              width: number;
              height: number;
              mime: string;
              job: string | null;
              bytes: number;
              prompt: string;
              starred: boolean;
              created: number;
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/images/generations": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** images from a prompt */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          "application/json": {
            prompt: string;
            negative_prompt?: string | null;
            seed?: ((number | string) | (number | string)[]) | null;
            steps?: number | null;
            guidance_scale?: number | null;
            guidance_interval?: [number, number] | null;
            reuse_features?: number | null;
            preset?: ("exact" | "balanced" | "fast") | null;
            width?: number | null;
            height?: number | null;
            n?: number | null;
            strength?: number | null;
            fit?: ("crop" | "pad" | "stretch") | null;
            mask_area?: ("whole" | "only") | null;
            mask_padding?: number | null;
            invert_mask?: boolean | null;
            mask_blur?: number | null;
            extend?: {
              /** @default 0 */
              left?: number;
              /** @default 0 */
              top?: number;
              /** @default 0 */
              right?: number;
              /** @default 0 */
              bottom?: number;
            } | null;
            raw?: boolean | null;
            sampler?: ("ddpm" | "original" | "flash") | null;
            eta?: number | null;
            batch_size?: number | null;
            dtype?: string | null;
            model?: string | null;
            size?: string | null;
            image?: (string | string[]) | null;
            mask?: string | null;
            output_format?: ("png" | "jpeg" | "webp") | null;
            output_compression?: number | null;
            previews?: number | null;
            priority?: number | null;
            response_format?: ("url" | "b64_json") | null;
            /** @description low: preset fast; medium and standard: balanced; high and hd: exact */
            quality?: ("auto" | "low" | "medium" | "high" | "standard" | "hd") | null;
            /** @description images are always opaque */
            background?: ("auto" | "opaque" | "transparent") | null;
            stream?: boolean | null;
            /** @description previews of the running latents in a stream */
            partial_images?: number | null;
            /** @description the job goes on when the client goes away */
            detached?: boolean | null;
            /** @description further fields, as some clients send them */
            extra_body?: {
              [key: string]: unknown;
            } | null;
            user?: string | null;
            moderation?: string | null;
            style?: string | null;
            input_fidelity?: string | null;
          } & {
            [key: string]: unknown;
          };
        };
      };
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              created: number;
              data: ({
                b64_json?: string;
                url?: string;
                seed: string;
              } & {
                [key: string]: unknown;
              })[];
              output_format: string;
              size: string;
              background: string;
              /** @description the id of the job, as of /v1/jobs */
              job: string;
              warnings: string[];
            } & {
              [key: string]: unknown;
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/images/edits": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** a picture changed: as a whole, or where a mask is transparent */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          "multipart/form-data": {
            prompt: string;
            negative_prompt?: string | null;
            seed?: ((number | string) | (number | string)[]) | null;
            steps?: number | null;
            guidance_scale?: number | null;
            guidance_interval?: [number, number] | null;
            reuse_features?: number | null;
            preset?: ("exact" | "balanced" | "fast") | null;
            width?: number | null;
            height?: number | null;
            n?: number | null;
            strength?: number | null;
            fit?: ("crop" | "pad" | "stretch") | null;
            mask_area?: ("whole" | "only") | null;
            mask_padding?: number | null;
            invert_mask?: boolean | null;
            mask_blur?: number | null;
            extend?: {
              /** @default 0 */
              left?: number;
              /** @default 0 */
              top?: number;
              /** @default 0 */
              right?: number;
              /** @default 0 */
              bottom?: number;
            } | null;
            raw?: boolean | null;
            sampler?: ("ddpm" | "original" | "flash") | null;
            eta?: number | null;
            batch_size?: number | null;
            dtype?: string | null;
            model?: string | null;
            size?: string | null;
            image?: (string | string[]) | null;
            mask?:
              | (
                  | string
                  | ({
                      image_url?: string;
                      file_id?: string;
                    } & {
                      [key: string]: unknown;
                    })
                )
              | null;
            output_format?: ("png" | "jpeg" | "webp") | null;
            output_compression?: number | null;
            previews?: number | null;
            priority?: number | null;
            response_format?: ("url" | "b64_json") | null;
            /** @description low: preset fast; medium and standard: balanced; high and hd: exact */
            quality?: ("auto" | "low" | "medium" | "high" | "standard" | "hd") | null;
            /** @description images are always opaque */
            background?: ("auto" | "opaque" | "transparent") | null;
            stream?: boolean | null;
            /** @description previews of the running latents in a stream */
            partial_images?: number | null;
            /** @description the job goes on when the client goes away */
            detached?: boolean | null;
            /** @description further fields, as some clients send them */
            extra_body?: {
              [key: string]: unknown;
            } | null;
            user?: string | null;
            moderation?: string | null;
            style?: string | null;
            input_fidelity?: string | null;
            images?: ({
              image_url?: string;
              file_id?: string;
            } & {
              [key: string]: unknown;
            })[];
          } & {
            [key: string]: unknown;
          };
          "application/json": {
            prompt: string;
            negative_prompt?: string | null;
            seed?: ((number | string) | (number | string)[]) | null;
            steps?: number | null;
            guidance_scale?: number | null;
            guidance_interval?: [number, number] | null;
            reuse_features?: number | null;
            preset?: ("exact" | "balanced" | "fast") | null;
            width?: number | null;
            height?: number | null;
            n?: number | null;
            strength?: number | null;
            fit?: ("crop" | "pad" | "stretch") | null;
            mask_area?: ("whole" | "only") | null;
            mask_padding?: number | null;
            invert_mask?: boolean | null;
            mask_blur?: number | null;
            extend?: {
              /** @default 0 */
              left?: number;
              /** @default 0 */
              top?: number;
              /** @default 0 */
              right?: number;
              /** @default 0 */
              bottom?: number;
            } | null;
            raw?: boolean | null;
            sampler?: ("ddpm" | "original" | "flash") | null;
            eta?: number | null;
            batch_size?: number | null;
            dtype?: string | null;
            model?: string | null;
            size?: string | null;
            image?: (string | string[]) | null;
            mask?:
              | (
                  | string
                  | ({
                      image_url?: string;
                      file_id?: string;
                    } & {
                      [key: string]: unknown;
                    })
                )
              | null;
            output_format?: ("png" | "jpeg" | "webp") | null;
            output_compression?: number | null;
            previews?: number | null;
            priority?: number | null;
            response_format?: ("url" | "b64_json") | null;
            /** @description low: preset fast; medium and standard: balanced; high and hd: exact */
            quality?: ("auto" | "low" | "medium" | "high" | "standard" | "hd") | null;
            /** @description images are always opaque */
            background?: ("auto" | "opaque" | "transparent") | null;
            stream?: boolean | null;
            /** @description previews of the running latents in a stream */
            partial_images?: number | null;
            /** @description the job goes on when the client goes away */
            detached?: boolean | null;
            /** @description further fields, as some clients send them */
            extra_body?: {
              [key: string]: unknown;
            } | null;
            user?: string | null;
            moderation?: string | null;
            style?: string | null;
            input_fidelity?: string | null;
            images?: ({
              image_url?: string;
              file_id?: string;
            } & {
              [key: string]: unknown;
            })[];
          } & {
            [key: string]: unknown;
          };
        };
      };
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              created: number;
              data: ({
                b64_json?: string;
                url?: string;
                seed: string;
              } & {
                [key: string]: unknown;
              })[];
              output_format: string;
              size: string;
              background: string;
              /** @description the id of the job, as of /v1/jobs */
              job: string;
              warnings: string[];
            } & {
              [key: string]: unknown;
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/v1/images/variations": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** a picture made again in part, without a prompt */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          "multipart/form-data": {
            prompt?: string | null;
            negative_prompt?: string | null;
            seed?: ((number | string) | (number | string)[]) | null;
            steps?: number | null;
            guidance_scale?: number | null;
            guidance_interval?: [number, number] | null;
            reuse_features?: number | null;
            preset?: ("exact" | "balanced" | "fast") | null;
            width?: number | null;
            height?: number | null;
            n?: number | null;
            strength?: number | null;
            fit?: ("crop" | "pad" | "stretch") | null;
            mask_area?: ("whole" | "only") | null;
            mask_padding?: number | null;
            invert_mask?: boolean | null;
            mask_blur?: number | null;
            extend?: {
              /** @default 0 */
              left?: number;
              /** @default 0 */
              top?: number;
              /** @default 0 */
              right?: number;
              /** @default 0 */
              bottom?: number;
            } | null;
            raw?: boolean | null;
            sampler?: ("ddpm" | "original" | "flash") | null;
            eta?: number | null;
            batch_size?: number | null;
            dtype?: string | null;
            model?: string | null;
            size?: string | null;
            image?: (string | string[]) | null;
            mask?: string | null;
            output_format?: ("png" | "jpeg" | "webp") | null;
            output_compression?: number | null;
            previews?: number | null;
            priority?: number | null;
            response_format?: ("url" | "b64_json") | null;
            /** @description low: preset fast; medium and standard: balanced; high and hd: exact */
            quality?: ("auto" | "low" | "medium" | "high" | "standard" | "hd") | null;
            /** @description images are always opaque */
            background?: ("auto" | "opaque" | "transparent") | null;
            stream?: boolean | null;
            /** @description previews of the running latents in a stream */
            partial_images?: number | null;
            /** @description the job goes on when the client goes away */
            detached?: boolean | null;
            /** @description further fields, as some clients send them */
            extra_body?: {
              [key: string]: unknown;
            } | null;
            user?: string | null;
            moderation?: string | null;
            style?: string | null;
            input_fidelity?: string | null;
          } & {
            [key: string]: unknown;
          };
        };
      };
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              created: number;
              data: ({
                b64_json?: string;
                url?: string;
                seed: string;
              } & {
                [key: string]: unknown;
              })[];
              output_format: string;
              size: string;
              background: string;
              /** @description the id of the job, as of /v1/jobs */
              job: string;
              warnings: string[];
            } & {
              [key: string]: unknown;
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
            };
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sdapi/v1/txt2img": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** images from a prompt */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          "application/json": {
            prompt?: string | null;
            negative_prompt?: string | null;
            width?: number | null;
            height?: number | null;
            steps?: number | null;
            /** @description the usual scale; the field guidance_scale of a job is one lower */
            cfg_scale?: number | null;
            /** @description -1 is any */
            seed?: number | null;
            batch_size?: number | null;
            n_iter?: number | null;
            sampler_name?: string | null;
            sampler_index?: string | null;
            scheduler?: string | null;
            eta?: number | null;
            send_images?: boolean | null;
            override_settings?: {
              [key: string]: unknown;
            } | null;
          } & {
            [key: string]: unknown;
          };
        };
      };
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              /** @description base64 */
              images: string[];
              parameters: {
                [key: string]: unknown;
              };
              /** @description JSON: seeds, infotexts, and the request in both conventions of guidance */
              info: string;
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sdapi/v1/img2img": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** a picture changed, or repainted where a mask is white */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          "application/json": {
            prompt?: string | null;
            negative_prompt?: string | null;
            width?: number | null;
            height?: number | null;
            steps?: number | null;
            /** @description the usual scale; the field guidance_scale of a job is one lower */
            cfg_scale?: number | null;
            /** @description -1 is any */
            seed?: number | null;
            batch_size?: number | null;
            n_iter?: number | null;
            sampler_name?: string | null;
            sampler_index?: string | null;
            scheduler?: string | null;
            eta?: number | null;
            send_images?: boolean | null;
            override_settings?: {
              [key: string]: unknown;
            } | null;
            /** @description base64, with or without a data URL before it */
            init_images?: string[] | null;
            denoising_strength?: number | null;
            /** @description base64; white is made anew */
            mask?: string | null;
            mask_blur?: number | null;
            inpainting_mask_invert?: boolean | number | null;
            /** @description work on the part around the mask alone */
            inpaint_full_res?: boolean | number | null;
            inpaint_full_res_padding?: number | null;
            /** @description 0 stretches, 1 crops, 2 pads */
            resize_mode?: number | null;
          } & {
            [key: string]: unknown;
          };
        };
      };
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              /** @description base64 */
              images: string[];
              parameters: {
                [key: string]: unknown;
              };
              /** @description JSON: seeds, infotexts, and the request in both conventions of guidance */
              info: string;
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sdapi/v1/progress": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** how far the current job is */
    get: {
      parameters: {
        query?: {
          skip_current_image?: string;
        };
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              /** @description 0 to 1 */
              progress: number;
              /** @description seconds */
              eta_relative: number;
              state: {
                skipped: boolean;
                interrupted: boolean;
                stopping_generation: boolean;
                job: string;
                job_count: number;
                job_timestamp: string;
                job_no: number;
                sampling_step: number;
                sampling_steps: number;
              };
              /** @description base64 */
              current_image: string | null;
              textinfo: string | null;
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sdapi/v1/interrupt": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** stop the current job after its step; it answers with what there is */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": Record<string, never>;
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sdapi/v1/skip": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** as interrupt: the images of a job are made together */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": Record<string, never>;
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sdapi/v1/samplers": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** the samplers */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              name: string;
              aliases: string[];
              options: {
                [key: string]: unknown;
              };
            }[];
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sdapi/v1/schedulers": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** one: the checkpoint's own */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              name: string;
              label: string;
            }[];
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sdapi/v1/sd-models": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** the models that are here */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              title: string;
              model_name: string;
              hash: null;
              sha256: null;
              filename: string;
              config: null;
            }[];
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sdapi/v1/loras": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** none */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": unknown[];
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sdapi/v1/hypernetworks": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** none */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": unknown[];
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sdapi/v1/sd-vae": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** none */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": unknown[];
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sdapi/v1/upscalers": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** none */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": unknown[];
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sdapi/v1/latent-upscale-modes": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** none */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": unknown[];
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sdapi/v1/prompt-styles": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** none */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": unknown[];
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sdapi/v1/scripts": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** none */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": unknown[];
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sdapi/v1/embeddings": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** none */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              loaded: {
                [key: string]: unknown;
              };
              skipped: {
                [key: string]: unknown;
              };
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sdapi/v1/options": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** what is set */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              [key: string]: unknown;
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
      };
    };
    put?: never;
    /** sd_model_checkpoint chooses the model of the requests that follow; the rest changes nothing */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          "application/json": {
            [key: string]: unknown;
          };
        };
      };
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": Record<string, never>;
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sdapi/v1/refresh-checkpoints": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** nothing to do: models are found and released by themselves */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": Record<string, never>;
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sdapi/v1/refresh-loras": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** nothing to do: models are found and released by themselves */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": Record<string, never>;
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sdapi/v1/unload-checkpoint": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** nothing to do: models are found and released by themselves */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": Record<string, never>;
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sdapi/v1/reload-checkpoint": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** nothing to do: models are found and released by themselves */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": Record<string, never>;
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sdapi/v1/memory": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    /** of the server's machine, in bytes */
    get: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody?: never;
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              ram: {
                [key: string]: unknown;
              };
              cuda: {
                [key: string]: unknown;
              };
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
      };
    };
    put?: never;
    post?: never;
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
  "/sdapi/v1/png-info": {
    parameters: {
      query?: never;
      header?: never;
      path?: never;
      cookie?: never;
    };
    get?: never;
    put?: never;
    /** the settings that a picture carries */
    post: {
      parameters: {
        query?: never;
        header?: never;
        path?: never;
        cookie?: never;
      };
      requestBody: {
        content: {
          "application/json": {
            image: string;
          };
        };
      };
      responses: {
        /** @description Default Response */
        200: {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              info: string;
              items: {
                [key: string]: unknown;
              };
              parameters: {
                [key: string]: unknown;
              };
            };
          };
        };
        /** @description Default Response */
        "4XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
        /** @description Default Response */
        "5XX": {
          headers: {
            [name: string]: unknown;
          };
          content: {
            "application/json": {
              error: {
                message: string;
                type: string;
                param: string | null;
                code: string | null;
              };
              detail: string;
              body: string;
              errors: string;
            };
          };
        };
      };
    };
    delete?: never;
    options?: never;
    head?: never;
    patch?: never;
    trace?: never;
  };
}
export type webhooks = Record<string, never>;
export interface components {
  schemas: never;
  responses: never;
  parameters: never;
  requestBodies: never;
  headers: never;
  pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;
