import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createAvepointEmulator, serveEmulator } from "exportkit/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Environment } from "../../src/cli/vendors.js";
import { emptyFolder, filesIn } from "../node/served-export.js";
import { exportkit, servedAuthgear, servedZephr, token } from "./terminal.js";

describe("an export that has nothing in it", () => {
  const report = ["avepoint", "report=userAccess", "email=ada@contoso.com", 'dataSources:=["OneDrive"]'];
  let environments: { readonly [vendor: string]: Environment };

  async function serve(): Promise<void> {
    const avepoint = await serveEmulator(createAvepointEmulator({ tokens: [token], rows: 0 }));
    onTestFinished(() => avepoint.close());
    environments = {
      authgear: (await servedAuthgear({ users: 0 })).environment,
      avepoint: { AVEPOINT_BASE_URL: avepoint.endpoint, AVEPOINT_TOKEN: token },
      zephr: (await servedZephr(0)).environment,
    };
  }

  async function saved(words: readonly string[]) {
    await serve();
    const folder = await emptyFolder();
    const file = join(folder, "file");
    const finished = await exportkit([...words, "--out", file, "--json"], environments[words[0] ?? ""]);
    const files = Object.keys(await filesIn(folder));
    return { ...finished, files, text: files.length > 0 ? await readFile(file, "latin1") : undefined };
  }

  it.each<[words: string[], text: RegExp, records: number | undefined]>([
    [["authgear", "format=csv"], /^sub,preferred_username,.*,custom_attributes\n$/, undefined],
    [["authgear", "format=csv", 'fields:=["/sub","/email"]', "--as", "csv"], /^sub,email\n$/, 0],
    [["authgear", "format=csv", "--as", "ndjson"], /^$/, 0],
    // The summary has rows of its own.
    [report, /^PK/, undefined],
    [[...report, "--sheet", "Details", "--as", "ndjson"], /^$/, 0],
    [[...report, "--sheet", "Details", "--as", "csv"], /^_file,_sheet,_row,.*\n$/, 0],
    [["zephr"], /^$/, 0],
    [["zephr", "--as", "csv"], /^.+\n$/, 0],
  ])("is a whole file of its format, and says how many records: %j", async (words, text, records) => {
    const { code, stdout, files, text: found } = await saved(words);
    expect({ code, files, found }).toEqual({ code: 0, files: ["file"], found: expect.stringMatching(text) });
    expect(JSON.parse(stdout.toString()).records).toBe(records);
  });

  it("and no file either, at Authgear, fails, leaves nothing behind and says what to ask for", async () => {
    for (const more of [[], ["--as", "csv"]]) {
      const { code, stdout, stderr, files } = await saved(["authgear", "format=ndjson", ...more]);
      expect({ code, stdout: stdout.toString(), files }).toEqual({ code: 1, stdout: "", files: [] });
      expect(JSON.parse(stderr)).toMatchObject({
        code: "ARTIFACT_MISSING",
        message: expect.stringMatching(
          /A project without users looks like this too: an export as CSV works there/,
        ),
      });
    }
  });
});
