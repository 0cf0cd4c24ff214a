/** The kinds of work that a pipeline does. */
export type Mode = "text-to-image" | "image-to-image" | "inpainting";
