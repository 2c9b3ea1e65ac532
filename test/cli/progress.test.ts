import type { ExportJob } from "exportkit";
import { expect, it } from "vitest";
import { createProgress } from "../../src/cli/progress.js";

const steering = "x\u001b]0;title\u0007\u001b[2J\u009b2J\nexportkit: all is well";

it.each([[true], [false]])("prints nothing that steers a terminal (which it is: %s)", (isTTY) => {
  let text = "";
  const progress = createProgress(
    {
      isTTY,
      write(more) {
        text += more;
      },
    },
    { quiet: false },
  );
  const job = { id: steering, status: "pending" } as ExportJob;
  progress.job(job);
  progress.job(job);
  progress.say(steering);
  progress.end();
  // What it may print: the line's own rewriting, and line breaks.
  const words = text.replaceAll("\r\u001b[K", "").split("\n");
  expect(words.join("")).not.toMatch(/\p{Cc}/u);
  expect(words.filter((line) => line.startsWith("exportkit"))).toEqual([]);
});
