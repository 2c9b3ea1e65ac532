import fc from "fast-check";
import { seed } from "./seed.js";

// Property tests take fast-check from here, so that all of them begin with the same seed.
fc.configureGlobal({ seed });

export default fc;
