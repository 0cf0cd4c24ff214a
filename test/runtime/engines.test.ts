/** Both engines that there are: the inference process, and one in this process, which shows that the interface is one. */
import { InferenceProcess } from "../../src/runtime/inference-process.js";
import { engineConformance } from "./conformance.js";
import { InProcessEngine } from "./in-process-engine.js";

engineConformance("the inference process", () => InferenceProcess.start({ threads: 1 }));
engineConformance("an engine in the same process", () => InProcessEngine.start({ threads: 1 }));
