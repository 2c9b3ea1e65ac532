// Runs the test file it is sent, and answers whether it is green.
import { createVitest } from "vitest/node";

const vitest = await createVitest("test", { watch: false, maxWorkers: 1, bail: 1, reporters: [{}] });
await vitest.standalone();

process.on("message", async ({ file, environment }) => {
  Object.assign(process.env, environment);
  const specifications = await vitest.globTestSpecifications([file]);
  const { testModules, unhandledErrors } = await vitest.runTestSpecifications(specifications);
  const ids = new Set(specifications.map(({ moduleId }) => moduleId));
  const own = testModules.filter(({ moduleId }) => ids.has(moduleId));
  process.send(own.length > 0 && unhandledErrors.length === 0 && own.every((module) => module.ok()));
});
