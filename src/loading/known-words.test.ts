import { expect, test } from "vitest";
import { BUNDLED_MODEL } from "./bundled-model.js";
import { readKnownWords, wordsBeyond } from "./known-words.js";

const known = (await readKnownWords(BUNDLED_MODEL)) ?? expect.fail("the bundled model has no list of words");

test.each([
  "a red house in the snow",
  "a green tree in the snow",
  "A BLUE house, at night",
  "an orange umbrella next to a light-blue ghost on a gray background",
  "the cat's red apples",
  "a small pink flower in the middle on the beach",
  "a boat in front of a house",
  "red houses, yellow boats and blue fishes at sunset",
  "a pine tree left of a brown bird",
  "the same at night",
  "a house above a house",
  "",
])("%j has no word that training does not know", (prompt) => {
  expect(wordsBeyond(known, prompt)).toEqual([]);
});

test.each([
  ["a fox", ["fox"]],
  ["a red fox and another Fox on a mountain", ["Fox", "mountain"]],
  ["oil painting of a cat, 4k", ["oil", "painting", "4k"]],
  ["a photograph of an astronaut riding a horse", ["photograph", "astronaut", "riding", "horse"]],
  ["красный house", ["красный"]],
])("%j asks for more", (prompt, words) => {
  expect(wordsBeyond(known, prompt)).toEqual(words);
});
