import { describe, expect, it } from "vitest";
import { ExportError } from "../../src/model/errors.js";
import { csv } from "../../src/records/csv.js";
import { chunkings, decodeAll, textArtifact } from "./text-artifact.js";

async function failureOf(content: string | Uint8Array, sizes?: readonly number[]): Promise<ExportError> {
  const { failure } = await decodeAll(csv(), textArtifact(content, sizes));
  if (!ExportError.isInstance(failure)) throw new Error(`an ExportError was expected, not ${failure}`);
  return failure;
}

describe("refuses", () => {
  it.each([
    ["text after a closing quote", 'a,b\n1,2\n"x"y,3\n', 3, /closing quote on line 3/],
    ["a space after a closing quote", 'a,b\n"x" ,3\n', 2, /closing quote on line 2/],
    ["a CR alone after a closing quote", 'a,b\n"x"\r,3\n', 2, /closing quote/],
    ["text after a quoted cell of several lines", 'a,b\n"x\n\n"y,3\n', 4, /line 4/],
    ["an open quote, naming its line", 'a,b\n1,"x\ny\nz,3\n', 5, /quote opened on line 2 is never closed/],
    ["an open quote later in a row of several lines", 'a,b\n"1\n2","x\ny\n', 5, /quote opened on line 3 /],
    ["an open quote in the header", 'a,"b\n', 2, /quote opened on line 1 /],
    ["an open quote before a doubled one and a line end", 'a,b\n1,"x\ny""\nz', 4, /quote opened on line 2 /],
    ["a doubled quote at the end of the file", 'a,b\n1,"x""', 2, /quote opened on line 2 /],
  ])("%s", async (_name, content, line, message) => {
    for (const sizes of chunkings) {
      const error = await failureOf(content, sizes);
      expect(error).toMatchObject({ code: "DECODE_FAILED", operation: "decode", details: { line } });
      expect(error.message).toMatch(message);
    }
  });

  it("column names that come twice, naming them", async () => {
    const error = await failureOf("\n\nid,a,id,b,a,id\n1,2,3,4,5,6\n");
    expect(error.code).toBe("DECODE_FAILED");
    expect(error.message).toContain('"id", "a"');
    expect(error.details).toEqual({ line: 3, byte: 2, columns: ["id", "a"] });
  });

  it("a state without a header", async () => {
    const artifact = textArtifact("a,b\n1,2\n");
    for (const header of [undefined, "a", [], [1]]) {
      expect(() =>
        csv().decode(artifact, { maxBufferedBytes: 100, state: { offset: 4, record: 0, line: 2, header } }),
      ).toThrow(expect.objectContaining({ code: "JOB_INVALID" }));
    }
  });
});

it("what precedes a failure is delivered first", async () => {
  for (const sizes of chunkings) {
    const { outcomes, failure } = await decodeAll(csv(), textArtifact('a,b\n1,2\n3,4\n"x"y,3\n5,6\n', sizes));
    expect(outcomes).toEqual([{ record: { a: "1", b: "2" } }, { record: { a: "3", b: "4" } }]);
    expect(failure).toMatchObject({ code: "DECODE_FAILED", details: { record: 3, line: 4, byte: 15 } });
  }
});

it("a row with another number of cells is invalid by itself", async () => {
  for (const sizes of chunkings) {
    const { outcomes, failure } = await decodeAll(csv(), textArtifact('a,b\n1\n"ü\n",2,3\n4,5\n""\n', sizes));
    expect(failure).toBeUndefined();
    expect(outcomes).toEqual([
      {
        invalid: {
          message: "The row has 1 cell, the header has 2.",
          position: { record: 1, line: 2, byte: 4 },
        },
      },
      {
        invalid: {
          message: "The row has 3 cells, the header has 2.",
          position: { record: 2, line: 3, byte: 6 },
        },
      },
      { record: { a: "4", b: "5" } },
      {
        invalid: {
          message: "The row has 1 cell, the header has 2.",
          position: { record: 4, line: 6, byte: 20 },
        },
      },
    ]);
  }
});

describe("prepare", () => {
  it("sees the header once, and an error of a record stays with the record", async () => {
    let calls = 0;
    const decoder = csv({
      prepare: (header) => {
        calls++;
        const n = header.indexOf("n");
        return (cells) => {
          const value = Number(cells[n]);
          if (Number.isNaN(value)) throw new Error("n is not a number.");
          return { value };
        };
      },
    });
    const { outcomes } = await decodeAll(decoder, textArtifact("m,n\na,1\nb,x\nc,3\n", [3]));
    expect(calls).toBe(1);
    expect(outcomes).toEqual([
      { record: { value: 1 } },
      { invalid: { message: "n is not a number.", position: { record: 2, line: 3, byte: 8 } } },
      { record: { value: 3 } },
    ]);
  });

  it("passes an ExportError on and wraps any other", async () => {
    const own = new ExportError("RESPONSE_INVALID", "columns are missing");
    const throwing = (error: unknown) =>
      decodeAll(
        csv({
          prepare: () => {
            throw error;
          },
        }),
        textArtifact("a\n1\n"),
      );
    expect((await throwing(own)).failure).toBe(own);
    const cause = new Error("There is no column sub.");
    expect((await throwing(cause)).failure).toMatchObject({
      code: "DECODE_FAILED",
      message: "The header row cannot be used: There is no column sub.",
      cause,
    });
  });

  it("a thrown value that is no error ends the decoding", async () => {
    const decoder = csv({
      prepare: () => () => {
        throw "stop";
      },
    });
    expect((await decodeAll(decoder, textArtifact("a\n1\n"))).failure).toBe("stop");
  });
});
